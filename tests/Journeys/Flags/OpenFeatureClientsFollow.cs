using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Snapback.Journeys.Flags;

/// <summary>The OpenFeature SDKs with their OFREP providers, as npm has them, against a running proxy.</summary>
public sealed class OpenFeatureClientsFollow : FlagJourney
{
    private static readonly string Clients = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../OpenFeature"));

    [Fact]
    public async Task The_server_sdk_sees_the_flag_before_and_after_a_rollback_and_falls_back_to_its_default_where_it_must()
    {
        await InstalledAsync();
        var proxy = await ProxyAsync(Plan("50%"), "--stable", Upstream("stable").Uri.ToString());
        await proxy.PostAsync("start", new { version = "2" }, "payments");
        var users = Enumerable.Range(1, 20).Select(i => $"user-{i}").ToArray();
        var before = await AskAsync(users);
        foreach (var user in users)
        {
            var own = await EvaluateAsync(user);
            Assert.Equal(own.GetProperty("value").GetBoolean(), before[user].GetProperty("value").GetBoolean());
            Assert.Equal("SPLIT", before[user].GetProperty("reason").GetString());
            Assert.Equal(own.GetProperty("variant").GetString(), before[user].GetProperty("variant").GetString());
        }

        Assert.Contains(before.Values, answer => answer.GetProperty("value").GetBoolean());
        Assert.Equal("TARGETING_KEY_MISSING", before[""].GetProperty("errorCode").GetString());
        Assert.Equal("FLAG_NOT_FOUND", before["unknown"].GetProperty("errorCode").GetString());

        await proxy.PostAsync("rollback", new { reason = "it is broken" }, "payments");
        var after = await AskAsync(users);
        Assert.All(users.Select(user => after[user]), answer => Assert.Equal(
            (false, "DISABLED"), (answer.GetProperty("value").GetBoolean(), answer.GetProperty("reason").GetString())));
    }

    [Fact]
    public async Task The_web_sdk_is_told_by_the_event_stream_and_has_the_flag_off_without_polling()
    {
        await InstalledAsync();
        var proxy = await ProxyAsync(Plan("100%"), "--stable", Upstream("stable").Uri.ToString());
        await proxy.PostAsync("start", new { version = "2" }, "payments");
        await using var page = Child.Start(Node("web.mjs", "user-1"));
        await Eventually.SeeAsync(
            "the page has the flag and its stream is open",
            () => Task.FromResult(page.Output + page.Error),
            said => said.Contains("\"value\":true", StringComparison.Ordinal) && said.Contains("\"stream\":\"open\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30));

        await proxy.PostAsync("rollback", new { reason = "it is broken" }, "payments");
        Assert.Equal(0, await page.ExitAsync());
        var last = JsonDocument.Parse(page.Output.Trim().Split('\n')[^1]).RootElement;
        Assert.Equal("false DISABLED", $"{last.GetProperty("value").GetRawText()} {last.GetProperty("reason").GetString()}");
    }

    private static readonly SemaphoreSlim One = new(1, 1);

    /// <summary><c>npm ci</c>, once for what the lock file names.</summary>
    private static async Task InstalledAsync()
    {
        await One.WaitAsync(Ended);
        try
        {
            var (wanted, there) = (Path.Combine(Clients, "package-lock.json"), Path.Combine(Clients, "node_modules", ".package-lock.json"));
            if (File.GetLastWriteTimeUtc(there) < File.GetLastWriteTimeUtc(wanted))
            {
                await using var npm = Child.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund"]) { WorkingDirectory = Clients });
                Assert.True(await npm.ExitAsync(TimeSpan.FromMinutes(2)) == 0, npm.Tail());
            }
        }
        finally
        {
            One.Release();
        }
    }

    private ProcessStartInfo Node(string script, params string[] users) =>
        new("node", [script, FlagsUri.ToString().TrimEnd('/'), Token, Flag, .. users]) { WorkingDirectory = Clients };

    private async Task<Dictionary<string, JsonElement>> AskAsync(string[] users)
    {
        await using var client = Child.Start(Node("server.mjs", users));
        Assert.True(await client.ExitAsync(TimeSpan.FromSeconds(30)) == 0, client.Tail());
        return client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(answer => answer.GetProperty("user").GetString()!);
    }

    private static string Here([CallerFilePath] string here = "") => here;
}
