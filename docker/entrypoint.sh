#!/bin/sh
# Where the official image has its entry point, which probes and jobs of the official chart name.
exec "$@"
