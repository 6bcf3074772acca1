using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Core;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>Certificates and limits: they hold where they are said to, and what is wrong with them is a sentence at the start.</summary>
public sealed class KestrelSectionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=ours" },
    });

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task One_certificate_serves_the_traffic_the_admin_and_the_flags_side()
    {
        var settings = Free with { Urls = "https://127.0.0.1:0", AdminUrls = "https://127.0.0.1:0", FlagsUrls = "https://127.0.0.1:0" };

        await using var host = await StartAsync(settings, Certificate("cert.pem", "key.pem"));

        Assert.Equal(HttpStatusCode.NotFound, await CodeAsync(host.TrafficAddress));
        Assert.Equal(HttpStatusCode.OK, await CodeAsync(host.AdminAddress + "/healthz/live"));
        Assert.Equal(HttpStatusCode.OK, await CodeAsync(host.FlagsAddresses[0] + "/api/flags"));
        var said = await Cli.RunAsync(Cli.Host, "list", "--admin", $"http://{new Uri(host.AdminAddress).Authority}");
        Assert.Contains("hung up without an answer; one with a certificate is asked by https://", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_points_of_the_traffic_are_none_of_the_admin_sides()
    {
        var configuration = Certificate("cert.pem", "key.pem");
        configuration["Kestrel:Endpoints:traffic:Url"] = "https://127.0.0.1:0";

        var log = new LogLines();
        await using var logger = new LoggerConfiguration().WriteTo.Sink(log).CreateLogger();

        await using var host = await StartAsync(Free, configuration, logger);

        Assert.DoesNotContain(log.Said, line => line.Contains("Overriding", StringComparison.Ordinal));
        Assert.StartsWith("https://", host.TrafficAddress, StringComparison.Ordinal);
        Assert.StartsWith("http://", host.AdminAddress, StringComparison.Ordinal);
        Assert.NotEqual(new Uri(host.TrafficAddress).Port, new Uri(host.AdminAddress).Port);
    }

    [Theory]
    [InlineData("missing.pem", "key.pem", "missing.pem")]
    [InlineData("cert.pem", "missing.pem", "missing.pem")]
    [InlineData("key.pem", "key.pem", "key.pem' cannot be loaded: ")]
    [InlineData("cert.pem", "cert.pem", "cert.pem' cannot be loaded: ")]
    [InlineData("cert.pem", null, "cert.pem' has no key with it. Name the key's file with KeyPath.")]
    [InlineData("", "", "Name one with Kestrel:Certificates:Default:Path and KeyPath.")]
    public async Task A_certificate_that_cannot_be_used_is_said_before_anything_is_begun(string file, string? keyFile, string said)
    {
        var data = Path.Combine(_directory, "data");
        var settings = Free with { AdminUrls = "https://127.0.0.1:0", DataDirectory = data };

        var problems = await Assert.ThrowsAsync<ConfigurationProblems>(() => StartAsync(settings, file.Length == 0 ? [] : Certificate(file, keyFile)));

        var problem = Assert.Single(problems.Problems);
        Assert.StartsWith(file.Length == 0 ? "Kestrel: " : "Kestrel:Certificates:Default: the certificate in '", problem, StringComparison.Ordinal);
        Assert.Contains(said, problem, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task Limits_hold_for_the_traffic_and_a_wrong_one_is_said()
    {
        var limits = new Dictionary<string, string?> { ["Kestrel:Limits:MaxRequestHeadersTotalSize"] = "100" };
        using var request = new HttpRequestMessage { Headers = { { "X-Long", new string('x', 100) } } };

        await using (var host = await StartAsync(Free, limits))
        {
            request.RequestUri = new Uri(host.TrafficAddress);
            using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, answer.StatusCode);
        }

        limits["Kestrel:Limits:MaxRequestHeadersTotalSize"] = "many";
        var problems = await Assert.ThrowsAsync<ConfigurationProblems>(() => StartAsync(Free, limits));
        Assert.Contains("MaxRequestHeadersTotalSize", Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Endpoints:a:Protocols", "Htp2", "'Htp2' is not known. Did you mean Http2?")]
    [InlineData("Endpoints:a:Protocols", "Http3", "'Http3' asks for HTTP/3, which is not spoken here. Write Http1AndHttp2.")]
    [InlineData("Endpoints:a:Protocols", "Http1AndHttp2AndHttp3", "Write Http1AndHttp2.")]
    [InlineData("EndpointDefaults:Protocols", "quic", "'quic' is not known. Write one of Http1, Http2, Http1AndHttp2.")]
    [InlineData("Endpoints:a:ClientCertificateMode", "RequireCertficate", "Did you mean RequireCertificate?")]
    [InlineData("Endpoints:a:Sni:a.example:ClientCertificateMode", "Yes", "Write one of NoCertificate, AllowCertificate, RequireCertificate")]
    [InlineData("Endpoints:a:SslProtocols:0", "Tls1.3", "Did you mean Tls13?")]
    [InlineData("Endpoints:a:SslProtocols", "Tls13", "Write it as a list")]
    [InlineData("Endpoints:a:Protocol", "Http2", "Kestrel:Endpoints:a:Protocol is not known. Did you mean Protocols?")]
    [InlineData("Endpoints:a:Certificate:KeyFile", "key.pem", "Kestrel:Endpoints:a:Certificate:KeyFile is not known.")]
    [InlineData("Limits:MaxRequestBodySiz", "1", "Did you mean MaxRequestBodySize?")]
    [InlineData("Limits:Http2:MaxStreams", "1", "Kestrel:Limits:Http2:MaxStreams is not known.")]
    [InlineData("AddServerHeader", "true", "Kestrel:AddServerHeader is not known.")]
    [InlineData("EndpointDefaults", "Http2", "Kestrel:EndpointDefaults is one text, which nothing reads.")]
    [InlineData("Certificates", "tls.crt", "Write { \"Default\": { \"Path\": \"tls.crt\", \"KeyPath\": \"tls.key\" } }.")]
    [InlineData("Certificates:Default", "tls.crt", "Write { \"Path\": \"tls.crt\", \"KeyPath\": \"tls.key\" }.")]
    [InlineData("Limits", "x", "Kestrel:Limits is one text, which nothing reads.")]
    [InlineData("Limits:MinRequestBodyDataRate", "240", "Write { \"BytesPerSecond\": 240, \"GracePeriod\": \"00:00:05\" }.")]
    [InlineData("Limits:MinRequestBodyDataRate:BytesPerSecond", "0", "BytesPerSecond is '0': it is no number above 0.")]
    [InlineData("Limits:MinResponseDataRate:GracePeriod", "00:00:01", "GracePeriod is '00:00:01': it is no time above 1 s in hours:minutes:seconds.")]
    [InlineData("Limits:MinResponseDataRate:Grace", "00:00:09", "Kestrel:Limits:MinResponseDataRate:Grace is not known.")]
    [InlineData("Limits:KeepAliveTimeout", "30", "Kestrel:Limits:KeepAliveTimeout is '30': that would be days. Write 00:00:30 for 30 s")]
    [InlineData("Limits:KeepAliveTimeout", "-00:00:01", "is '-00:00:01': value must be a positive TimeSpan. Write another, or leave it out for 00:02:10.")]
    [InlineData("Limits:MaxRequestLineSize", null, "Kestrel:Limits:MaxRequestLineSize is null. Write a value, or leave it out for 8192.")]
    [InlineData("Limits:MaxConcurrentConnections", "0", "Write another, or leave it out for no limit.")]
    [InlineData("Limits:Http2:InitialStreamWindowSize", "1", "a value between 65535 and 2147483647 is required. Write another, or leave it out for 786432.")]
    [InlineData("Limits:MaxRequestBufferSize", "8000", "is '8000': a request's line (up to 8192 bytes here) and its headers (up to 32768) must fit in.")]
    public async Task What_Kestrel_would_pass_over_in_silence_is_said(string key, string? value, string said)
    {
        var configuration = new Dictionary<string, string?> { ["Kestrel:Endpoints:a:Url"] = "http://127.0.0.1:0", ["Kestrel:" + key] = value };
        var problems = await Assert.ThrowsAsync<ConfigurationProblems>(() => StartAsync(Free, configuration));
        Assert.Contains(said, Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    /// <summary>The binder leaves a rate as it is, and says nothing.</summary>
    [Fact]
    public void A_rate_is_taken_and_what_is_not_given_of_it_stays()
    {
        var limits = new KestrelServerLimits();
        KestrelLimits.Bind(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Limits:MinRequestBodyDataRate:BytesPerSecond"] = "100",
                ["Limits:MinResponseDataRate:GracePeriod"] = "00:00:10",
            }).Build().GetSection("Limits"),
            limits);

        Assert.Equal((100, TimeSpan.FromSeconds(5)), (limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinRequestBodyDataRate.GracePeriod));
        Assert.Equal((240, TimeSpan.FromSeconds(10)), (limits.MinResponseDataRate!.BytesPerSecond, limits.MinResponseDataRate.GracePeriod));
    }

    /// <summary>As null in a file, and as nothing in the environment.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_limit_is_taken_and_excludes_none(string? none)
    {
        var limits = new KestrelServerLimits();
        var section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Limits:MaxRequestBufferSize"] = none,
            ["Limits:MaxRequestHeadersTotalSize"] = "2000000",
        }).Build().GetSection("Limits");
        Assert.Empty(KestrelLimits.Problems(section));
        KestrelLimits.Bind(section, limits);
        Assert.Null(limits.MaxRequestBufferSize);
    }

    [Fact]
    public async Task What_Kestrel_reads_is_known()
    {
        var configuration = Certificate("cert.pem", "key.pem");
        configuration["Kestrel:EndpointDefaults:Protocols"] = "http1andhttp2";
        configuration["Kestrel:Endpoints:a:Url"] = "https://127.0.0.1:0";
        configuration["Kestrel:Endpoints:a:Protocols"] = "Http2";
        configuration["Kestrel:Endpoints:a:SslProtocols:0"] = "Tls12";
        configuration["Kestrel:Endpoints:a:SslProtocols:1"] = "tls13";
        configuration["Kestrel:Endpoints:a:ClientCertificateMode"] = "AllowCertificate";
        configuration["Kestrel:Endpoints:b:Url"] = "https://127.0.0.1:0";
        configuration["Kestrel:Endpoints:b:Sni:*:Protocols"] = "Http1";
        configuration["Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond"] = "100";
        configuration["Kestrel:Limits:MinRequestBodyDataRate:GracePeriod"] = "00:00:10";
        configuration["Kestrel:Limits:Http2:MaxStreamsPerConnection"] = "10";

        await using var host = await StartAsync(Free, configuration);

        Assert.StartsWith("https://", host.TrafficAddress, StringComparison.Ordinal);
    }

    private Settings Free => new() { Urls = "http://127.0.0.1:0", AdminUrls = "http://127.0.0.1:0", DataDirectory = _directory, Replica = "r1" };

    private static Task<SnapbackHost> StartAsync(Settings settings, Dictionary<string, string?> configuration, ILogger? logger = null) =>
        SnapbackHost.StartAsync(settings, new ConfigurationBuilder().AddInMemoryCollection(configuration).Build(), [], logger ?? Logger.None);

    private async Task<HttpStatusCode> CodeAsync(string url)
    {
        using var answer = await _client.GetAsync(new Uri(url), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private Dictionary<string, string?> Certificate(string file, string? keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=ours", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(_directory, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        return new Dictionary<string, string?>
        {
            ["Kestrel:Certificates:Default:Path"] = Path.Combine(_directory, file),
            ["Kestrel:Certificates:Default:KeyPath"] = keyFile is null ? null : Path.Combine(_directory, keyFile),
        };
    }
}
