# One image for `unblur serve` and `unblur worker`; docker-compose.yml has both. Built in a clone.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY . .
# The build runs in `prepare`. Then the packages of the build are removed; those of the queue stay. Of the page, what
# `unblur serve` has elsewhere is removed, as from the npm package: the models in `models`, the runtime as `.wasm.br`.
RUN npm ci \
  && queue="$(node -p 'const { devDependencies: d } = require("./package.json"); Object.keys(d).filter((name) => /^(bullmq|ioredis|@bull-board)/.test(name)).map((name) => `${name}@${d[name]}`).join(" ")')" \
  && npm prune --omit=dev \
  && npm install --no-save --ignore-scripts $queue \
  && rm -rf dist-web/models && find dist-web/runtime -name '*.wasm' -delete

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/dist-web ./dist-web
COPY --from=build /app/dist-watch ./dist-watch
COPY --from=build /app/models ./models
COPY --from=build /app/configs ./configs
# A new volume takes the owner of the folder that it covers.
RUN mkdir /store && chown node:node /store
USER node
ENTRYPOINT ["node", "dist/apps/cli/main.js"]
