using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Serilog.Core;
using Snapback.Control;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Observing;
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
        var shortage = new OwnShortage(Logger.None, TimeProvider.System);
        _app = AdminApp.Build(settings, configuration, _plane, certificates, tokens, shortage, () => false, Logger.None);
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

    /// <summary>Refusals come from before the handlers, where nobody who writes a handler's answers down looks.</summary>
    [Theory]
    [InlineData("Host", "evil.example", 0, 421)]
    [InlineData("Origin", "http://evil.example", 0, 403)]
    [InlineData("If-Match", "\"9.9\"", 2_000_000, 413)]
    public async Task Every_operation_describes_what_the_door_answers(string header, string value, int body, int door)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var seen = new HashSet<int>();
        var undescribed = new List<string>();
        foreach (var (method, path, responses) in Operations())
        {
            // A stream would not end, and no body is read by what has none.
            if (method is "GET" or "HEAD" && header != "Host")
            {
                continue;
            }

            var at = path.Replace("{name}", "nope", StringComparison.Ordinal).Replace("{key}", "nope", StringComparison.Ordinal);
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(new Uri(_app.Urls.Single()), at));
            request.Content = body > 0 ? new ByteArrayContent(new byte[body]) : null;
            request.Headers.TryAddWithoutValidation(header, value);
            // So that nothing of it is under way when it is refused.
            request.Headers.ExpectContinue = body > 0;
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var code = (int)response.StatusCode;
            seen.Add(code);
            if (!responses.TryGetProperty($"{code}", out _))
            {
                undescribed.Add($"{method} {path} {code}");
            }
        }

        Assert.Empty(undescribed);
        Assert.Contains(door, seen);
    }

    private IEnumerable<(string Method, string Path, JsonElement Responses)> Operations() =>
        from path in _document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where operation.Name != "parameters"
        select (operation.Name.ToUpperInvariant(), path.Name, operation.Value.GetProperty("responses"));

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
