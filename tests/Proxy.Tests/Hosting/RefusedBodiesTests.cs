using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Events;
using Snapback.Control.Plans;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>A body that the admin side cannot take is its sender's mistake: told in a sentence, and no error of this side in the log.</summary>
public sealed class RefusedBodiesTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly LogLines _errors = new(LogEventLevel.Error);
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private SnapbackHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        var plan = DefaultPlan.For(Sidecar.Rollout, Sidecar.Stable, Sidecar.Canary);
        var settings = new Settings
        {
            Urls = "http://127.0.0.1:0",
            AdminUrls = "http://127.0.0.1:0",
            DataDirectory = _directory,
            Stable = ["http://127.0.0.1:9"],
            Canary = ["http://127.0.0.1:9"],
        };
        _host = await SnapbackHost.StartAsync(
            settings, new ConfigurationBuilder().Build(), [plan], new LoggerConfiguration().WriteTo.Sink(_errors).CreateLogger());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html")]
    public async Task One_that_is_too_long_is_refused_in_a_sentence_whatever_else_its_sender_would_rather_read(string accepted)
    {
        _client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue(accepted));
        using var body = new StringContent(new string('x', (1024 * 1024) + 1));
        using var answer = await _client.PutAsync(Under("shop"), body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        using var said = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("The body is longer than 1048576 bytes: no plan and no command is.", said.RootElement.GetProperty("detail").GetString());
    }

    /// <summary>The server calls this one a fault of reading, not a bad request as it does all others.</summary>
    [Theory]
    [InlineData("POST /api/rollouts/default/pause")]
    [InlineData("PUT /api/rollouts/default")]
    [InlineData("POST /ofrep/v1/evaluate/flags")]
    public async Task A_chunk_longer_than_any_number_is_a_bad_request(string asked)
    {
        using var caller = new TcpClient("127.0.0.1", new Uri(_host.AdminAddress).Port);
        await caller.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"{asked} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(caller.GetStream());
        Assert.Equal("HTTP/1.1 400 Bad Request", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith('{'))
        {
            Assert.NotEqual("Content-Length: 0", line);
        }

        Assert.Empty(_errors.Said);
    }

    [Fact]
    public async Task A_drill_that_says_two_faults_is_refused_since_which_one_counts_is_a_guess()
    {
        using var body = new StringContent("""{"fault":"errors","fault":"hang"}""");
        using var answer = await _client.PostAsync(Under("default/drill"), body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private Uri Under(string path) => new($"{_host.AdminAddress}/api/rollouts/{path}");
}
