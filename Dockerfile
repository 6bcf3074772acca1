# The build line is the one CI runs; keep them the same.
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Proxy -c Release -o /app -p:RestoreLockedMode=true

# A published build carries its runtime.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
# The base has no time zones, which the schedules of plans may name.
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
# The store; owned by the image's non-root user, so that a fresh volume can be written.
COPY --from=build --chown=1654:1654 /app/appsettings.json /var/lib/snapback/.keep
USER 1654
ENV DOTNET_EnableDiagnostics=0 \
    Snapback__Data=/var/lib/snapback
VOLUME /var/lib/snapback
# Traffic; the admin side listens on loopback until SNAPBACK_TOKEN and --admin-urls open it.
EXPOSE 8080 8081
ENTRYPOINT ["./snapback"]
