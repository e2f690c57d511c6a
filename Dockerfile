# The service as an image: Node 24, production dependencies only, an ordinary user, a root file system that may be
# read-only. What it writes lies in two places: the embedded database in the volume /opt/ips-bridge/data, and short-lived
# files in /tmp (a tmpfs). Worklists are written where their destination says: mount that folder too.
#
# Nothing of a trust is in the image. Mount its configuration at /opt/ips-bridge/config (the folder `config` of this
# repository is an example: copy it, and set http.host and mllp.host to 0.0.0.0, for 127.0.0.1 is the container itself)
# and its own mappings at /opt/ips-bridge/mappings/trusts/<ODS>. The health check asks port 8080: keep http.port.
#
# The embedded database cannot be made by a user without an entry in the passwd file: keep the user of this image
# (1000, `node`), or set DATABASE_URL, which works under any user.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /opt/ips-bridge
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/ips-bridge
COPY --from=dependencies /opt/ips-bridge/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
COPY mappings ./mappings
RUN install --directory --owner=1000 --group=1000 --mode=0700 data
# By number, so that a platform that insists on an ordinary user can see that it is one.
USER 1000:1000
VOLUME /opt/ips-bridge/data
EXPOSE 8080 2575
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=8", "src/ips-bridge.mjs"]
CMD ["serve"]
