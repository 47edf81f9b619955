# One image for both roles: `bun src/main.ts` (API, the default) and `bun workers/main.ts` (worker).
FROM debian:12-slim AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates ffmpeg redis-server fontconfig fonts-dejavu-core fonts-symbola espeak-ng \
 && rm -rf /var/lib/apt/lists/*
COPY --from=oven/bun:1.4.5-debian /usr/local/bin/bun /usr/local/bin/bun
WORKDIR /app

FROM base AS dependencies
COPY package.json bun.lock bunfig.toml ./
RUN bun install --frozen-lockfile --production

FROM base AS release
RUN useradd --system --create-home --uid 10001 vfxb && mkdir /data && chown vfxb:vfxb /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json bunfig.toml tsconfig.json ./
COPY src ./src
COPY workers ./workers
COPY scripts ./scripts
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER vfxb
VOLUME /data
EXPOSE 3000
CMD ["bun", "src/main.ts"]
