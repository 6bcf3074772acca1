using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Serilog.Core;
using Snapback.Control;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class OpenApiTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private ControlPlane _plane = null!;
    private WebApplication _app = null!;
    private JsonElement _document;

    public async ValueTask InitializeAsync()
    {
        var configuration = new ConfigurationBuilder().Build();
        _plane = await ControlPlane.OpenAsync(_directory, configuration, "r1", TimeProvider.System, NullLoggerFactory.Instance);
        var certificates = new RenewedCertificates(configuration, Logger.None);
        var settings = new Settings { AdminUrls = "http://127.0.0.1:0" };
        var tokens = new RenewedTokens(settings, configuration, Logger.None);
        _app = AdminApp.Build(settings, configuration, _plane, certificates, tokens, () => false, Logger.None);
        await _app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        _document = JsonDocument.Parse(
            await client.GetStringAsync(new Uri(new Uri(_app.Urls.Single()), "openapi/v1.json"), TestContext.Current.CancellationToken)).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _plane.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void It_describes_every_route_of_the_admin_side_but_the_pages_own_and_no_other()
    {
        var routes = from endpoint in ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                     let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
                     where path != "/" && !path.StartsWith("/page/", StringComparison.Ordinal) && !path.Contains("{*", StringComparison.Ordinal)
                     from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
                     select $"{method} {path}";
        var described = from path in _document.GetProperty("paths").EnumerateObject()
                        from operation in path.Value.EnumerateObject()
                        where operation.Name != "parameters"
                        select $"{operation.Name.ToUpperInvariant()} {path.Name}";

        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Whatever_it_refers_to_is_in_it()
    {
        foreach (var reference in References(_document))
        {
            var at = _document;
            foreach (var part in reference.Split('/').Skip(1))
            {
                Assert.True(at.TryGetProperty(part, out at), reference);
            }
        }
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            element.EnumerateObject().SelectMany(member => member.Name == "$ref" ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
