using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>What blocks threads of this process on purpose; other tests would take it for their own slowness.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>
/// Requests run on the socket threads, of which there is one per core: whoever could block one would stall every connection. This
/// process has its sockets inline, as the product has.
/// </summary>
[Collection(nameof(Alone))]
public sealed class InlineSocketsTests
{
    /// <summary>Several per core, so that every socket thread has its share of them.</summary>
    private const int Nuisances = 8;

    /// <summary>A stall lasts for as long as the nuisance; a busy machine is only slow.</summary>
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(5);

    [ModuleInitializer]
    internal static void AsTheProductStarts() => InlineSockets.Prefer();

    [Fact]
    public async Task A_blocked_admin_handler_stalls_no_traffic()
    {
        await using var rig = await ProxyRig.StartAsync();
        using var blocked = new ManualResetEventSlim();
        rig.Plane.Metrics.Registry.AddBeforeCollectCallback(() => blocked.Wait(TestContext.Current.CancellationToken));
        var scrapes = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => rig.Client.GetStringAsync(rig.Admin + "/metrics")).ToList();
        await Task.Delay(100, TestContext.Current.CancellationToken);

        await OthersAreAnsweredAsync(rig.Address);
        Assert.DoesNotContain(scrapes, scrape => scrape.IsCompleted);
        blocked.Set();
        await Task.WhenAll(scrapes);
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_answer_stalls_nobody()
    {
        await using var rig = await ProxyRig.StartAsync();
        rig.Canary.Handle = context => context.Request.Path == "/large"
            ? context.Response.Body.WriteAsync(new byte[8 * 1024 * 1024], context.RequestAborted).AsTask()
            : context.Response.WriteAsync("canary");
        using var silent = await Nuisance.ConnectAsync(rig.Address, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");

        await OthersAreAnsweredAsync(rig.Address);
        Assert.Equal(Nuisances, rig.Generation.InFlight(Control.Rollouts.Arm.Canary));
    }

    [Fact]
    public async Task A_TLS_handshake_that_does_not_go_on_stalls_nobody()
    {
        var port = FreePort();
        var certificate = Path.GetTempFileName();
        await File.WriteAllBytesAsync(certificate, SelfSigned(), TestContext.Current.CancellationToken);
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("Kestrel:Endpoints:tls:Url", $"https://127.0.0.1:{port}"),
            ("Kestrel:Endpoints:tls:Certificate:Path", certificate),
            ("Kestrel:Endpoints:plain:Url", "http://127.0.0.1:0"),
        ]);

        // The head of a ClientHello, and not another byte.
        using var silent = await Nuisance.ConnectAsync(new Uri($"https://127.0.0.1:{port}"), "\x16\x03\x01\x02\x00\x01");

        await OthersAreAnsweredAsync(new Uri($"https://127.0.0.1:{port}"));
        File.Delete(certificate);
    }

    private static async Task OthersAreAnsweredAsync(Uri address)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost";
        using var client = new HttpClient(handler) { Timeout = InTime };

        // At once, so that they are on many connections, which the socket threads share out.
        var answers = await Task.WhenAll(Enumerable.Range(0, Nuisances).Select(_ => client.GetStringAsync(address)));
        Assert.All(answers, answer => Assert.Equal("canary", answer));
    }

    private static byte[] SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return certificate.Export(X509ContentType.Pfx);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Clients that say one thing, and neither read nor go away.</summary>
    private sealed class Nuisance : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public static async Task<Nuisance> ConnectAsync(Uri to, string words)
        {
            var nuisance = new Nuisance();
            for (var i = 0; i < Nuisances; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
                nuisance._sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, to.Port, TestContext.Current.CancellationToken);
                await socket.SendAsync(Encoding.Latin1.GetBytes(words), TestContext.Current.CancellationToken);
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
            return nuisance;
        }

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
    }
}
