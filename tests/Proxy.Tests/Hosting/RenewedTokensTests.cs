using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Serilog;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>A token leaks, or is rotated every month, by somebody who writes a file.</summary>
public sealed class RenewedTokensTests : IDisposable
{
    private const string Free = "http://127.0.0.1:0";

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly LogLines _log = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_token_that_is_taken_away_opens_nothing_any_more_and_a_new_one_does()
    {
        Write("admin", "old");
        Write("flags", "app");
        WriteNames(("ann", "anns"), ("bob", "bobs"));
        await using var host = await StartAsync();
        Assert.True(await OpensAsync(host.AdminAddress + "/api/rollouts", "old"));
        var (taken, kept) = (await FollowAsync(host, "old"), await FollowAsync(host, "anns"));

        Write("admin", "new");
        Write("flags", "next");
        WriteNames(("ann", "anns"));

        await UntilAsync(async () =>
            !await OpensAsync(host.AdminAddress + "/api/rollouts", "old") && !await OpensAsync(host.AdminAddress + "/api/rollouts", "bobs")
            && !await OpensAsync(host.FlagsAddresses[0] + "/api/flags", "app"));
        Assert.True(await OpensAsync(host.AdminAddress + "/api/rollouts", "new"));
        Assert.True(await OpensAsync(host.AdminAddress + "/api/rollouts", "anns"));
        Assert.True(await OpensAsync(host.FlagsAddresses[0] + "/api/flags", "next"));
        await taken.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        Assert.False(kept.IsCompleted);
        Assert.Contains(_log.Said, line => line.EndsWith("Hold now: \"the shared one, ann\".", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Said, line => line.Contains("read at the start only", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "is empty. Write the token into it.")]
    [InlineData(null, "Could not find file")]
    public async Task A_file_that_holds_none_leaves_the_last_one_in_force_and_is_told_once(string? content, string told)
    {
        Write("admin", "old");
        Write("flags", "app");
        WriteNames();
        await using var host = await StartAsync();

        Write("admin", content);

        await UntilAsync(() => Task.FromResult(Told().Any()));
        await Task.Delay(TimeSpan.FromSeconds(5), Cancelled);
        Assert.Contains(told, Assert.Single(Told()), StringComparison.Ordinal);
        Assert.True(await OpensAsync(host.AdminAddress + "/api/rollouts", "old"));
        Assert.False(await OpensAsync(host.AdminAddress + "/api/rollouts", ""));

        Write("admin", "new");
        await UntilAsync(() => OpensAsync(host.AdminAddress + "/api/rollouts", "new"));
    }

    [Fact]
    public async Task Without_any_left_the_side_is_not_open_to_everybody()
    {
        WriteNames(("ann", "anns"));
        await using var host = await StartAsync();

        WriteNames();

        await UntilAsync(() => Task.FromResult(Told().Any()));
        Assert.Contains("None is left", Assert.Single(Told()), StringComparison.Ordinal);
        Assert.False(await OpensAsync(host.AdminAddress + "/api/rollouts", ""));
        Assert.True(await OpensAsync(host.AdminAddress + "/api/rollouts", "anns"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_first_token_may_come_while_the_side_is_open_to_its_machine(bool asFile)
    {
        File.WriteAllText(At("snapback.json"), "{}");
        await using var host = await StartAsync();
        Assert.True(await OpensAsync(host.AdminAddress + "/api/rollouts", ""));

        if (asFile)
        {
            Write("admin", "anns");
            WriteNames();
        }
        else
        {
            WriteNames(("ann", "anns"));
        }

        await UntilAsync(async () => !await OpensAsync(host.AdminAddress + "/api/rollouts", ""));
        Assert.True(await OpensAsync(host.AdminAddress + "/api/rollouts", "anns"));
        Assert.DoesNotContain(_log.Said, line => line.Contains("read at the start only", StringComparison.Ordinal));
    }

    private IEnumerable<string> Told() => _log.Said.Where(line => line.StartsWith("The tokens were changed and are not taken", StringComparison.Ordinal));

    private async Task<SnapbackHost> StartAsync()
    {
        var configuration = ConfigurationFiles.Load(At("snapback.json"));
        List<string> problems = [];
        var settings = ConfigurationFiles.Merge(
            new Settings { Urls = Free, AdminUrls = Free, FlagsUrls = Free, DataDirectory = _directory },
            configuration,
            option => option is "--urls" or "--admin-urls" or "--flags-urls" or "--data",
            problems);
        Assert.Empty(problems);
        return await SnapbackHost.StartAsync(settings, configuration, [], new LoggerConfiguration().WriteTo.Sink(_log).CreateLogger());
    }

    private string At(string file) => Path.Combine(_directory, file);

    private void Write(string file, string? token)
    {
        if (token is null)
        {
            File.Delete(At(file));
        }
        else
        {
            File.WriteAllText(At(file), token + "\n");
        }
    }

    private void WriteNames(params (string Name, string Token)[] named) => File.WriteAllText(At("snapback.json"), JsonSerializer.Serialize(new
    {
        Snapback = new
        {
            TokenFile = File.Exists(At("admin")) ? At("admin") : null,
            FlagsTokenFile = File.Exists(At("flags")) ? At("flags") : null,
            Admin = new { Tokens = named.ToDictionary(one => one.Name, one => "sha256:" + Sha256(one.Token)) },
        },
    }));

    /// <returns>Ends with the stream of events, the first of which has come.</returns>
    private async Task<Task> FollowAsync(SnapbackHost host, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, host.AdminAddress + "/api/events");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        var events = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Cancelled);
        await events.ReadExactlyAsync(new byte[1], Cancelled);
        return events.CopyToAsync(Stream.Null, Cancelled);
    }

    private static string Sha256(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private async Task<bool> OpensAsync(string address, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = token.Length == 0 ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await _client.SendAsync(request, Cancelled);
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Unauthorized, response.StatusCode.ToString());
        return response.IsSuccessStatusCode;
    }

    private static async Task UntilAsync(Func<Task<bool>> isThere)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await isThere())
        {
            await Task.Delay(50, patience.Token);
        }
    }
}
