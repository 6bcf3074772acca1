namespace Snapback.LoadTests.Peers;

internal static class HaproxyPeer
{
    public static async Task<Peer> StartAsync(Workshop workshop, Uri stable, Uri canary)
    {
        var (http1, http2, https) = (Loopback.Free(), Loopback.Free(), Loopback.FreeHttps(workshop));
        var tls = https is null ? "" : $"bind 127.0.0.1:{https.Port} ssl crt {Both(workshop)} alpn h2,http/1.1 ssl-min-ver TLSv1.3 backlog 16384";
        var file = workshop.Write("haproxy.cfg", $"""
            global
              nbthread 1
              maxconn 9000
            defaults
              mode http
              timeout connect 5s
              timeout client 600s
              timeout server 60s
              http-reuse always
              option forwardfor
            frontend in
              bind 127.0.0.1:{http1.Port} backlog 16384
              bind 127.0.0.1:{http2.Port} proto h2
              {tls}
              http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
              http-request set-header X-Forwarded-Host %[req.hdr(host)]
              default_backend arms
            backend arms
              balance roundrobin
              server stable 127.0.0.1:{stable.Port} weight {100 - NginxPeers.Share}
              server canary 127.0.0.1:{canary.Port} weight {NginxPeers.Share}

            """);
        var process = workshop.Own(Child.Start(Child.ProxyCore, "haproxy", ["-db", "-f", file]));
        await process.AnswersAsync(http1);
        return new Peer(Peer.Haproxy, http1, http2, process) { Https = https };
    }

    /// <summary>Certificate and key, which it wants in one file.</summary>
    private static string Both(Workshop workshop) => workshop.Write(
        "haproxy.pem", File.ReadAllText(workshop.Tls!.Certificate) + "\n" + File.ReadAllText(workshop.Tls.Key));
}
