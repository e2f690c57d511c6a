# The service as an image: Node 24, production dependencies only, an ordinary user. Configuration is mounted at
# /opt/ips-bridge/config and the trust's own mappings at /opt/ips-bridge/mappings/trusts/<ODS>; nothing of a trust is
# in the image. In a container http.host and mllp.host must be 0.0.0.0.
#
# The embedded database keeps its folder in the volume /opt/ips-bridge/data. It cannot be made by a user without an
# entry in the passwd file: keep the user of this image, or set DATABASE_URL, which works under any user.
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
RUN install --directory --owner=node --group=node --mode=0700 data
USER node
VOLUME /opt/ips-bridge/data
EXPOSE 8080 2575
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=8", "src/ips-bridge.mjs"]
CMD ["serve"]
