namespace Snapback.LoadTests.Peers;

/// <summary>nginx as the two upstreams, and as a rival in its two ways to split. One process without a master: its CPU time is the whole.</summary>
internal static class NginxPeers
{
    /// <summary>Every path but one answers with so many bytes.</summary>
    public const int SmallBody = 128;
    public const int LargeBody = 10 * 1024;
    public const string LargePath = "/large";

    /// <summary>Of the requests to the canary, per cent.</summary>
    public const int Share = 10;

    private const string Common = """
          access_log off;
          keepalive_requests 100000000;
          keepalive_timeout 600s;
          default_type text/plain;
        """;

    // YARP adds the same three.
    private const string Forward = """
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $host;
        """;

    /// <param name="http2">They speak HTTP/2 in clear text and nothing else.</param>
    public static async Task<Upstreams> UpstreamsAsync(Workshop workshop, bool http2 = false)
    {
        var (stable, canary) = (Loopback.Free(), Loopback.Free());
        workshop.Write("large", new string('x', LargeBody));
        var answers = $$"""
            root {{workshop.Path}};
            location = {{LargePath}} { open_file_cache max=10; }
            location / { return 200 "{{new string('x', SmallBody)}}"; }
            """;
        var status = Loopback.Free();
        var protocol = http2 ? "http2 " : "";
        await StartAsync(workshop, Child.LoadCore, $"upstreams{stable.Port}", status, $$"""
            server { listen 127.0.0.1:{{stable.Port}} {{protocol}}backlog=16384; http2_max_requests 100000000; {{answers}} }
            server { listen 127.0.0.1:{{canary.Port}} {{protocol}}backlog=16384; http2_max_requests 100000000; {{answers}} }
            server { listen 127.0.0.1:{{status.Port}}; location / { stub_status; } }
            """);
        return new Upstreams(stable, canary) { Status = status };
    }

    public static Task<Peer> WeightedAsync(Workshop workshop, Uri stable, Uri canary) => ProxyAsync(workshop, Peer.NginxWeighted, "weighted", $$"""
        upstream arms {
          server 127.0.0.1:{{stable.Port}} weight={{100 - Share}};
          server 127.0.0.1:{{canary.Port}} weight={{Share}};
          keepalive 512; keepalive_requests 100000000;
        }
        """, "arms");

    /// <summary>By a hash of the same header that Snapback's draw is sticky by.</summary>
    public static Task<Peer> SplitAsync(Workshop workshop, Uri stable, Uri canary) => ProxyAsync(workshop, Peer.NginxSplit, "split", $$"""
        upstream stable { server 127.0.0.1:{{stable.Port}}; keepalive 512; keepalive_requests 100000000; }
        upstream canary { server 127.0.0.1:{{canary.Port}}; keepalive 512; keepalive_requests 100000000; }
        split_clients "$http_x_user_id" $arm { {{Share}}% canary; * stable; }
        """, "$arm");

    private static async Task<Peer> ProxyAsync(Workshop workshop, string name, string file, string upstreams, string target)
    {
        var (http1, http2, https) = (Loopback.Free(), Loopback.Free(), Loopback.FreeHttps(workshop));
        var tls = https is null ? "" : $"""
            listen 127.0.0.1:{https.Port} ssl http2 backlog=16384;
            ssl_certificate {workshop.Tls!.Certificate};
            ssl_certificate_key {workshop.Tls.Key};
            ssl_protocols TLSv1.3;
            """;
        var process = await StartAsync(workshop, Child.ProxyCore, file, http1, $$"""
            {{upstreams}}
            server {
              listen 127.0.0.1:{{http1.Port}} backlog=16384;
              listen 127.0.0.1:{{http2.Port}} http2;
              {{tls}}
              http2_max_requests 100000000;
              location / {
            {{Forward}}
                proxy_pass http://{{target}};
              }
            }
            """);
        return new Peer(name, http1, http2, process) { Https = https };
    }

    private static async Task<Child> StartAsync(Workshop workshop, int core, string name, Uri address, string http)
    {
        var file = workshop.Write(name + ".conf", $$"""
            daemon off;
            master_process off;
            pid {{name}}.pid;
            error_log {{name}}.log crit;
            worker_rlimit_nofile 20000;
            events { worker_connections 19000; }
            http {
            {{Common}}
              client_body_temp_path body-{{name}};
              proxy_temp_path proxy-{{name}};
              fastcgi_temp_path f-{{name}};
              uwsgi_temp_path u-{{name}};
              scgi_temp_path s-{{name}};
            {{http}}
            }
            """);
        var child = workshop.Own(Child.Start(core, "nginx", ["-p", workshop.Path, "-c", file, "-e", System.IO.Path.Combine(workshop.Path, name + ".log")]));
        await child.AnswersAsync(address);
        return child;
    }
}
