# The Python parts of Quorum: functions, collector and the one-shot commands, one image for all of them.
FROM ghcr.io/astral-sh/uv:0.12.10 AS uv

FROM python:3.11.15-slim AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
WORKDIR /app
COPY pyproject.toml uv.lock ./
# Not the project itself: building it would fetch a build tool that no lock file pins.
RUN uv sync --locked --no-dev --no-install-project
COPY db db
COPY functions functions
COPY n8n n8n
COPY tui tui
COPY .env.example ./
RUN python -m compileall -q db functions n8n tui \
    && printf '#!/app/.venv/bin/python\nfrom functions.cli import main\n\nmain()\n' > .venv/bin/quorum \
    && chmod 755 .venv/bin/quorum

FROM python:3.11.15-slim
RUN groupadd --gid 1000 quorum && useradd --uid 1000 --gid quorum --no-create-home --shell /usr/sbin/nologin quorum
COPY --from=build /app /app
# The root file system is read-only in production: everything is written under DATA_DIR and /tmp.
ENV PATH=/app/.venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib DATA_DIR=/data LOG_FORMAT=json
WORKDIR /app
USER 1000:1000
CMD ["quorum", "--help"]
