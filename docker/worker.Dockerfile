# The image in which a pod runs one stage: the facelib command and what it needs, without Airflow, Streamlit or a
# compiler. Built from the project's root:  docker build -f docker/worker.Dockerfile -t facelib:latest .

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/bootstrap.lock requirements/demo.lock requirements/
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
# The dependencies of pyproject.toml without its extras, in the versions and with the hashes of the demo's lock file.
COPY pyproject.toml ./
RUN python -m venv --without-pip /opt/facelib \
    && VIRTUAL_ENV=/opt/facelib uv pip install --no-cache --compile-bytecode --require-hashes \
        --constraints requirements/demo.lock --requirements pyproject.toml
COPY README.md LICENSE ./
COPY facelib facelib
COPY operators operators
RUN uv build --no-cache --wheel --require-hashes --build-constraints requirements/demo.lock --out-dir dist . \
    && VIRTUAL_ENV=/opt/facelib uv pip install --no-cache --compile-bytecode --no-deps dist/*.whl

FROM python:3.11-slim
COPY --from=build /opt/facelib /opt/facelib
# The root file system may be read-only: what is written goes to /tmp and to what is mounted here.
RUN mkdir /store /models && chown 1000:1000 /store /models
ENV PATH=/opt/facelib/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    FACELIB_STORE=/store \
    FACELIB_MODELS_DIR=/models \
    FACELIB_WORK_DIR=/tmp/work
USER 1000:1000
WORKDIR /tmp
ENTRYPOINT ["facelib"]
