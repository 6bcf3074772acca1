using Microsoft.Extensions.Configuration;
using Serilog;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>Sections and keys of YARP's that nothing reads, because they are misspelt, are said at the start.</summary>
public sealed class UnreadKeysTests
{
    [Theory]
    [InlineData("Cluster", "Did you mean Clusters?")]
    [InlineData("Routes:r:Transform", "Did you mean Transforms?")]
    [InlineData("Routes:r:Match:Pth", "Did you mean Path?")]
    [InlineData("Routes:r:Match:Headers:0:Valus", "Did you mean Values?")]
    [InlineData("Clusters:c:LoadBalancingPolcy", "Did you mean LoadBalancingPolicy?")]
    [InlineData("Clusters:c:HealthCheck:Active:Enabld", "Did you mean Enabled?")]
    [InlineData("Clusters:c:HealthCheck:Actve", "Did you mean Active?")]
    [InlineData("Clusters:c:HttpRequest:Timeout", "Known here: ActivityTimeout")]
    [InlineData("Clusters:c:HttpClient:WebProxy:Adress", "Did you mean Address?")]
    [InlineData("Clusters:c:SessionAffinity:Cookie:Sekure", "Known here: ")]
    [InlineData("Clusters:c:Destinations:d:Helth", "Did you mean Health?")]
    public void A_key_that_nothing_reads_is_said(string key, string said)
    {
        var sentence = Assert.Single(Unread((key, "x")));
        Assert.StartsWith($"ReverseProxy:{key} is not known. ", sentence, StringComparison.Ordinal);
        Assert.Contains(said, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void What_YARP_reads_is_known()
    {
        Assert.Empty(Unread(
            ("Routes:r:ClusterId", "c"),
            ("Routes:r:Order", "1"),
            ("Routes:r:TimeoutPolicy", "slow"),
            ("Routes:r:MaxRequestBodySize", "1"),
            ("Routes:r:Metadata:whatever", "x"),
            ("Routes:r:Match:Hosts:0", "a.example"),
            ("Routes:r:match:QueryParameters:0:Mode", "Exists"),
            ("Routes:r:Transforms:0:PathPrefix", "/x"),
            ("Clusters:c:SessionAffinity:Cookie:SameSite", "Lax"),
            ("Clusters:c:HealthCheck:Passive:ReactivationPeriod", "00:00:10"),
            ("Clusters:c:HealthCheck:AvailableDestinationsPolicy", "HealthyAndUnknown"),
            ("Clusters:c:HttpClient:SslProtocols:0", "Tls13"),
            ("Clusters:c:HttpClient:DangerousAcceptAnyServerCertificate", "true"),
            ("Clusters:c:HttpRequest:VersionPolicy", "RequestVersionExact"),
            ("Clusters:c:Metadata:ConsecutiveFailuresHealthPolicy.Threshold", "3"),
            ("Clusters:c:Destinations:any name:Host", "a.example"),
            ("Clusters:c:Destinations:any name:Metadata:whatever", "x")));
    }

    [Theory]
    [InlineData("Snapbak:Urls", "Nothing reads the section Snapbak of the configuration. Did you mean Snapback?")]
    [InlineData("ReverseProxi:Routes:r:ClusterId", "Nothing reads the section ReverseProxi of the configuration. Did you mean ReverseProxy?")]
    [InlineData("feature-managment:feature_flags:0:id", "Nothing reads the section feature-managment of the configuration. Did you mean feature_management?")]
    [InlineData("KESTREL:Limits:MaxRequestBodySize", null)]
    [InlineData("FeatureManagement:shield", null)]
    [InlineData("Logging:LogLevel:Default", null)]
    [InlineData("OurFilter:Table", null)]
    [InlineData("SNAPBAK", null)]
    public void A_section_that_is_named_nearly_as_one_that_is_read_is_said(string key, string? said) => Assert.Equal(
        said is null ? [] : [said],
        KnownKeys.Misspelt(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)"x")]).Build()));

    [Fact]
    public async Task The_start_says_it_and_serves()
    {
        var directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
        var settings = new Settings { Urls = "http://127.0.0.1:0", AdminUrls = "http://127.0.0.1:0", DataDirectory = directory, Replica = "r1" };
        var log = new LogLines();
        await using (var logger = new LoggerConfiguration().WriteTo.Sink(log).CreateLogger())
        {
            await using var host = await SnapbackHost.StartAsync(settings, Configuration(("Clusters:c:HealthChek:Active:Enabled", "true")), [], logger);
            Assert.Contains(log.Said, line => line.Contains("c:HealthChek is not known. Did you mean HealthCheck?", StringComparison.Ordinal));
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_change_says_what_is_new_and_what_waits_for_a_restart_once()
    {
        var configuration = Configuration(("Routes:r:Ordr", "1"));
        configuration["Snapback:Providers:p:Address"] = "http://127.0.0.1:9090";
        var log = new LogLines();
        using var logger = new LoggerConfiguration().WriteTo.Sink(log).CreateLogger();
        using var notTaken = new NotTaken(configuration, logger);
        Assert.Contains("ReverseProxy:Routes:r:Ordr is not known.", Assert.Single(log.Said), StringComparison.Ordinal);
        log.Said.Clear();

        configuration["Snapback:Providers:p:Address"] = "http://127.0.0.1:9091";
        configuration["ReverseProxy:Clusters:c:HealthChek:Active:Enabled"] = "true";
        configuration["Serilog:MinimumLevel:Default"] = "Debug";
        configuration["Kestrel:Endpoints:a:Url"] = "http://127.0.0.1:1";
        configuration.Reload();
        configuration.Reload();

        Assert.Equal(
            [
                "\"ReverseProxy:Clusters:c:HealthChek is not known. Did you mean HealthCheck?\"",
                "\"Kestrel was changed in the configuration, and is read at the start only. Restart to take the change.\"",
            ],
            log.Said);
    }

    private static IEnumerable<string> Unread(params (string Key, string Value)[] settings) =>
        ReverseProxySection.Unread(Configuration(settings));

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(one => KeyValuePair.Create($"ReverseProxy:{one.Key}", (string?)one.Value)))
        .Build();
}
