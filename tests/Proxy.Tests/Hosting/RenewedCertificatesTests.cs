using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Serilog;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>Certificates are renewed every few weeks, by somebody who writes two files and expects that nobody notices.</summary>
public sealed class RenewedCertificatesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly LogLines _log = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("Kestrel:Certificates:Default", null)]
    [InlineData("Kestrel:Endpoints:one:Certificate", null)]
    [InlineData("Kestrel:Endpoints:one:Sni:shop.example:Certificate", "shop.example")]
    public async Task The_next_handshake_gets_a_renewed_one_and_no_connection_ends(string section, string? name)
    {
        Write("first");
        await using var host = await StartAsync(section);
        var traffic = new Uri(host.TrafficAddress);
        using var open = await ConnectAsync(traffic, name);
        Assert.Equal("CN=first", open.RemoteCertificate!.Subject);

        Write("second");
        var refused = 0;
        await UntilAsync(async () =>
        {
            try
            {
                using var next = await ConnectAsync(traffic, name);
                return next.RemoteCertificate!.Subject == "CN=second";
            }
            catch (SocketException)
            {
                refused++;
                return false;
            }
        });

        Assert.Equal(0, refused);
        await open.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Cancelled);
        Assert.Equal("HTTP/1.1 404", await StartOfAnswerAsync(open));
        Assert.Contains(_log.Said, line => line.Contains("was renewed: \"CN=second\", valid until ", StringComparison.Ordinal));

        Write("third");
        await UntilAsync(async () =>
        {
            using var next = await ConnectAsync(traffic, name);
            return next.RemoteCertificate!.Subject == "CN=third";
        });
    }

    [Fact]
    public async Task The_admin_side_has_the_renewed_one_too()
    {
        Write("first");
        await using var host = await StartAsync("Kestrel:Certificates:Default");

        Write("second");

        await UntilAsync(async () =>
        {
            using var next = await ConnectAsync(new Uri(host.AdminAddress), null);
            return next.RemoteCertificate!.Subject == "CN=second";
        });
    }

    [Fact]
    public async Task Files_that_stay_wrong_are_told_once_and_the_one_before_is_served_on()
    {
        Write("first");
        await using var host = await StartAsync("Kestrel:Certificates:Default");

        // The new certificate with the old key, as in the middle of a renewal.
        var key = await File.ReadAllTextAsync(KeyFile, Cancelled);
        Write("second");
        var newKey = await File.ReadAllTextAsync(KeyFile, Cancelled);
        await File.WriteAllTextAsync(KeyFile, key, Cancelled);
        await UntilAsync(() => Task.FromResult(Told().Any()));
        await Task.Delay(TimeSpan.FromSeconds(5), Cancelled);

        Assert.Contains("is not taken: ", Assert.Single(Told()), StringComparison.Ordinal);
        using (var next = await ConnectAsync(new Uri(host.TrafficAddress), null))
        {
            Assert.Equal("CN=first", next.RemoteCertificate!.Subject);
        }

        await File.WriteAllTextAsync(KeyFile, newKey, Cancelled);
        await UntilAsync(async () =>
        {
            using var next = await ConnectAsync(new Uri(host.TrafficAddress), null);
            return next.RemoteCertificate!.Subject == "CN=second";
        });

        IEnumerable<string> Told() => _log.Said.Where(line => line.Contains("was changed and is not taken", StringComparison.Ordinal));
    }

    private string KeyFile => Path.Combine(_directory, "key.pem");

    private Task<SnapbackHost> StartAsync(string section)
    {
        var configuration = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:one:Url"] = "https://127.0.0.1:0",
            // Always there, so that an end point with names of its own has one for the others, and the admin side has one.
            ["Kestrel:Certificates:Default:Path"] = Path.Combine(_directory, "cert.pem"),
            ["Kestrel:Certificates:Default:KeyPath"] = KeyFile,
            [section + ":Path"] = Path.Combine(_directory, "cert.pem"),
            [section + ":KeyPath"] = KeyFile,
        };
        return SnapbackHost.StartAsync(
            new Settings { AdminUrls = "https://127.0.0.1:0", DataDirectory = _directory, Replica = "r1" },
            new ConfigurationBuilder().AddInMemoryCollection(configuration).Build(), [], new LoggerConfiguration().WriteTo.Sink(_log).CreateLogger());
    }

    private void Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(_directory, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<SslStream> ConnectAsync(Uri address, string? name)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, Cancelled);
        var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name ?? "127.0.0.1",
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject is "CN=first" or "CN=second" or "CN=third",
            },
            Cancelled);
        return stream;
    }

    private static async Task<string> StartOfAnswerAsync(SslStream stream)
    {
        var answer = new byte[12];
        await stream.ReadExactlyAsync(answer, Cancelled);
        return System.Text.Encoding.ASCII.GetString(answer);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            await Task.Delay(50, deadline.Token);
        }
    }
}
