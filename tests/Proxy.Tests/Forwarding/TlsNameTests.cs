using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>A client's Host is no word on whose certificate an arm must show: any client could make it fail.</summary>
public sealed class TlsNameTests
{
    [Theory]
    [InlineData(HttpProtocols.Http1, false, null, "localhost")]
    [InlineData(HttpProtocols.Http1, true, null, "localhost")]
    [InlineData(HttpProtocols.Http2, false, null, "localhost")]
    [InlineData(HttpProtocols.Http1, false, "shop.example:8443", "shop.example")]
    public async Task Is_the_destinations_and_the_arm_gets_the_clients_host(
        HttpProtocols protocols, bool transformed, string? configured, string expected)
    {
        var names = new ConcurrentQueue<string?>();
        await using var arm = await ServeAsync(names, protocols);
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("ReverseProxy:Routes:main:Transforms:0:RequestHeaderOriginalHost", "true"),
            ("ReverseProxy:Routes:main:Transforms:1:RequestHeader", transformed ? "X-A" : null),
            ("ReverseProxy:Routes:main:Transforms:1:Set", transformed ? "b" : null),
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", $"https://localhost:{new Uri(arm.Urls.Single()).Port}"),
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Host", configured),
            ("ReverseProxy:Clusters:shop-canary:HttpClient:DangerousAcceptAnyServerCertificate", "true"),
            ("ReverseProxy:Clusters:shop-canary:HttpRequest:Version", protocols == HttpProtocols.Http2 ? "2" : null),
            ("ReverseProxy:Clusters:shop-canary:HttpRequest:VersionPolicy", protocols == HttpProtocols.Http2 ? "RequestVersionExact" : null),
        ]);
        Assert.Equal((200, "stranger.example"), await rig.GetAsync("/", ("Host", "stranger.example")));
        // A pool may open a second connection while the first still shakes hands.
        Assert.Equal([expected], names.Distinct());
    }

    [Fact]
    public async Task Keeps_no_WebSocket_from_an_arm_without_HTTP_2()
    {
        await using var arm = await ServeAsync(new(), HttpProtocols.Http1);
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("ReverseProxy:Routes:main:Transforms:0:RequestHeaderOriginalHost", "true"),
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", $"https://localhost:{new Uri(arm.Urls.Single()).Port}"),
            ("ReverseProxy:Clusters:shop-canary:HttpClient:DangerousAcceptAnyServerCertificate", "true"),
        ]);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{rig.Address.Authority}/"), TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    [Fact]
    public void Costs_a_request_its_mark_and_no_address()
    {
        var context = new DefaultHttpContext();
        Assert.InRange(BytesOf("https://shop-canary.internal:8443/"), 1, 256);
        Assert.Equal(0, BytesOf("http://shop-canary.internal:8080/"));

        long BytesOf(string destination)
        {
            TlsName.Set(context, new HttpRequestMessage(), destination);
            using var message = new HttpRequestMessage();
            var before = GC.GetAllocatedBytesForCurrentThread();
            TlsName.Set(context, message, destination);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    internal static async Task<WebApplication> ServeAsync(ConcurrentQueue<string?> names, HttpProtocols protocols)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = protocols;
            listener.UseHttps(tls => tls.ServerCertificateSelector = (_, name) =>
            {
                names.Enqueue(name);
                return certificate;
            });
        }));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            if (context.Request.Path == "/break")
            {
                context.Abort();
                return;
            }

            if (!context.WebSockets.IsWebSocketRequest)
            {
                await context.Response.WriteAsync(context.Request.Host.Value ?? "");
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.ReceiveAsync(new byte[1], CancellationToken.None);
        });
        await app.StartAsync();
        return app;
    }
}
