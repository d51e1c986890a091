#!/usr/bin/env bash
# Writes a bill of material (CycloneDX, JSON) of the Python packages of each image into data/sbom, from the lock files alone.
# Usage: sbom.sh [IMAGE ...]. What the base image holds is not in it; for that, run syft or trivy on a built image.
set -euo pipefail
cd "$(dirname "$0")/.."
. docker/packages.sh
uv=.venv/bin/uv tool=data/sbom/.venv
if ! cmp -s docker/sbom.lock $tool/.lock; then
    mkdir -p data/sbom
    $uv venv --quiet --clear $tool
    VIRTUAL_ENV=$tool $uv pip install --quiet --require-hashes -r docker/sbom.lock
    cp docker/sbom.lock $tool/.lock
fi
if [ $# = 0 ]; then set -- worker worker-gpu airflow dashboard; fi
for image in "$@"; do
    packages=data/sbom/facelib-$image.txt
    # shellcheck disable=SC2046 - one argument a word
    $uv pip compile --quiet --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 \
        --python-platform x86_64-manylinux_2_28 pyproject.toml $(packages_of "$image" | sed 's/--requirements//') \
        --output-file "$packages"
    PYTHONWARNINGS=ignore::UserWarning $tool/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-format JSON \
        --output-file "data/sbom/facelib-$image.cdx.json" "$packages"
    echo "data/sbom/facelib-$image.cdx.json: $(grep -c '^[a-z0-9].*==' "$packages") packages"
done
