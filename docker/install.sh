#!/bin/sh
# The steps of docker/Dockerfile that install something. Usage: install.sh uv|code|packages IMAGE|weights [PROFILE]
# What is installed has the version and a hash of the lock files. The index and its certificates may come in two secrets
# of the build, which no layer keeps: 'index' sets variables of pip and uv, 'ca' is a file of certificates.
set -eu
secrets=/run/secrets
if [ -s $secrets/index ]; then . $secrets/index; fi
if [ -s $secrets/ca ]; then export SSL_CERT_FILE=$secrets/ca PIP_CERT=$secrets/ca; fi
export UV_CACHE_DIR=/var/cache/uv UV_LINK_MODE=copy UV_NO_PROGRESS=1
uv=/opt/build/bin/uv
cd /src
. docker/packages.sh

install_uv() {
    python3 -m venv /opt/build
    /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
}

# The wheel of the project, in a folder of its own. Only its scripts need to know where the packages will be.
install_code() {
    python3 -m venv --without-pip /opt/venv
    $uv build --quiet --no-cache --wheel --require-hashes --build-constraints requirements/dev.lock --out-dir dist .
    $uv pip install --python /opt/venv/bin/python --target /opt/facelib --no-cache --compile-bytecode --no-deps dist/*.whl
}

# The packages of an image, on top of what is there; the first time, the environment too.
install_packages() {
    chosen=$(packages_of "$1")
    if [ ! -d /opt/venv ]; then
        python3 -m venv --without-pip /opt/venv
        echo /opt/facelib > "$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/facelib.pth"
    fi
    # shellcheck disable=SC2086 - one argument a word
    $uv pip install --python /opt/venv/bin/python --compile-bytecode --require-hashes --requirements pyproject.toml $chosen
    # CUDA's libraries are among the packages. Torch looks for them there, ONNX Runtime only where the loader does.
    if [ "$1" = worker-gpu ]; then
        ls -d /opt/venv/lib/python3*/site-packages/nvidia/*/lib > /etc/ld.so.conf.d/cuda.conf
        ldconfig
    fi
}

fetch_weights() {
    if [ -n "$1" ]; then FACELIB_PROFILE=$1 facelib models fetch; fi
}

case $1 in
    uv) install_uv ;;
    code) install_code ;;
    packages) install_packages "$2" ;;
    weights) fetch_weights "${2-}" ;;
    *) echo "usage: install.sh uv|code|packages IMAGE|weights [PROFILE]" >&2 && exit 2 ;;
esac
