# The suite with its browser and its renderer inside; /work has the configuration and the reports.
#   docker build --tag conformance .
#   docker run --rm --network host --volume "$PWD:/work" conformance run
FROM debian:bookworm-slim

# What the distribution has is right: a pinned revision is gone with the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

ENV PATH=/opt/conformance/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
    PLAYWRIGHT_BROWSERS_PATH=/opt/browsers \
    XDG_CACHE_HOME=/opt/cache

COPY . /usr/src/conformance
WORKDIR /usr/src/conformance
RUN python3 -m venv /opt/conformance \
    && pip install --no-cache-dir --no-deps --require-hashes --requirement lock.txt \
    && pip install --no-cache-dir --no-deps --no-index --no-build-isolation . \
    && rm -rf build

# As root: the system's packages that the browser lacks are installed too.
RUN conformance browser --renderer \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 1000 conformance \
    && mkdir /work \
    && chown conformance:conformance /work
USER 1000:1000
WORKDIR /work
VOLUME /work

ENTRYPOINT ["conformance"]
CMD ["run"]
