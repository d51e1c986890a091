# Which packages each image has, as arguments of uv: docker/install.sh installs them, docker/sbom.sh lists them. Versions and
# hashes are those of requirements/dev.lock, which has every extra.
packages_of() {
    case $1 in
        worker) echo --constraints requirements/dev.lock --extra s3 ;;
        worker-gpu) echo --constraints requirements/dev.lock --extra s3 --extra full --requirements docker/gpu.lock ;;
        airflow) echo --constraints requirements/dev.lock --extra s3 --extra airflow --extra export --requirements docker/airflow.lock ;;
        dashboard) echo --constraints requirements/dev.lock --extra s3 --extra dashboard --extra export ;;
        *) echo "there is no image $1" >&2 && return 2 ;;
    esac
}
