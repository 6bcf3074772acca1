using System.Text;
using Microsoft.Extensions.Configuration;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Hooks;

/// <summary>Real sockets on the other side.</summary>
public sealed class HookCallerTests
{
    private static readonly RolloutStatus Status = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with
    {
        Phase = RolloutPhase.Progressing,
        Weight = new Weight(500),
        Step = 1,
        Generation = 3,
        Version = "v2",
    };

    [Theory]
    [InlineData(3, 2, HookVerdict.Go, 3)]
    [InlineData(1, 2, HookVerdict.RollBack, 2)]
    [InlineData(0, 1, HookVerdict.RollBack, 1)]
    public async Task A_failing_receiver_is_tried_again_as_often_as_the_plan_says_with_one_delivery_id(
        int retries, int failures, HookVerdict verdict, int calls)
    {
        using var receiver = new RawReceiver(call => call < failures
            ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var answer = await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)) { Retries = retries });
        Assert.Equal((verdict, calls), (answer.Verdict, receiver.Requests.Count));
        Assert.Single(receiver.Requests.Select(request => Header(request, "X-Snapback-Delivery")).Distinct());
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(2, 16.2)]
    [InlineData(20, 267.4)]
    public void All_attempts_together_take_so_long_at_the_most(int retries, double seconds) => Assert.Equal(
        seconds,
        HookCaller.Longest(
            new Hook("smoke", HookPoint.Step, new Uri("http://127.0.0.1/"), TimeSpan.FromSeconds(5)) { Retries = retries }).TotalSeconds,
        0.1);

    [Fact]
    public async Task A_no_is_a_no_and_is_not_tried_again()
    {
        using var receiver = new RawReceiver(_ => "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(
            HookVerdict.RollBack,
            (await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)) { Retries = 5 })).Verdict);
        Assert.Single(receiver.Requests);
    }

    /// <summary>Go's servers call it text, nginx an octet stream, Python nothing.</summary>
    [Theory]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\n")]
    [InlineData("Content-Type: application/octet-stream\r\n")]
    [InlineData("Content-Type: application/problem+json\r\n")]
    [InlineData("")]
    public async Task A_verdict_is_read_whatever_its_type(string type)
    {
        using var receiver = new RawReceiver(_ => $"HTTP/1.1 200 OK\r\n{type}Content-Length: 18\r\n\r\n" + """{"verdict":"wait"}""");
        Assert.Equal(HookVerdict.Wait, (await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)))).Verdict);
    }

    [Theory]
    [InlineData("""{"error":"restarting"}""", HookVerdict.Go, 2)]
    [InlineData("""{"verdict":"wait"}    """, HookVerdict.Wait, 1)]
    public async Task A_503_that_says_no_verdict_is_tried_again(string body, HookVerdict verdict, int calls)
    {
        using var receiver = new RawReceiver(call => call == 0
            ? $"HTTP/1.1 503 Busy\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"
            : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var answer = await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)) { Retries = 3 });
        Assert.Equal((verdict, calls), (answer.Verdict, receiver.Requests.Count));
    }

    [Fact]
    public async Task A_long_log_speaks_by_its_status()
    {
        using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 200000\r\n\r\n" + new string('x', 200_000));
        Assert.Equal(HookVerdict.Go, (await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)))).Verdict);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1200, 2)]
    public async Task A_connection_that_is_older_than_a_second_is_not_used_again(int milliseconds, int connections)
    {
        using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var outgoing = new Outgoing(() => HookSettings.None, TimeProvider.System);
        var (caller, hook) = (
            new HookCaller(outgoing, TimeProvider.System),
            new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)));
        await caller.CallAsync(hook, Samples.Plan, Status, TestContext.Current.CancellationToken);
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        await caller.CallAsync(hook, Samples.Plan, Status, TestContext.Current.CancellationToken);
        Assert.Equal(connections, receiver.Connections);
    }

    [Fact]
    public async Task A_redirect_is_a_no_and_nobody_follows_it()
    {
        using var target = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var receiver = new RawReceiver(_ => $"HTTP/1.1 302 Found\r\nLocation: {target.Url}\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(HookVerdict.RollBack, (await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)))).Verdict);
        Assert.Empty(target.Requests);
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("169.254.169.254")]
    public async Task An_address_that_is_not_allowed_is_not_connected_to_and_the_answer_says_what_to_do(string host)
    {
        using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var answer = await CallAsync(new Hook("smoke", HookPoint.Step, new Uri($"http://{host}:{receiver.Url.Port}/"), TimeSpan.FromSeconds(5)));
        Assert.Equal(HookVerdict.Down, answer.Verdict);
        Assert.Matches("cannot be reached: .* is at .*(add .* to Snapback:Hooks:Allow|no hook may reach)", answer.Sentence);
        Assert.Empty(receiver.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n", 100_000, 10, "more than 64 KiB")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", 0, 0.3, "did not answer within 0.3 s")]
    public async Task An_answer_without_end_or_without_haste_is_none(string head, int more, double seconds, string sentence)
    {
        using var receiver = new RawReceiver(_ => head + new string(' ', more));
        var answer = await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(seconds)));
        Assert.Equal(HookVerdict.Down, answer.Verdict);
        Assert.Contains(sentence, answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_file_signs_every_call_and_metadata_and_namespace_travel()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Path, "secret");
        await File.WriteAllTextAsync(file, "0123456789abcdef\n", TestContext.Current.CancellationToken);
        var problems = new List<string>();
        var settings = HookSettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection([new("Snapback:Hooks:SecretFile", file)]).Build(), problems);
        Assert.Empty(problems);

        using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var outgoing = new Outgoing(() => settings, TimeProvider.System);
        var hook = new Hook(
            "smoke",
            HookPoint.Step,
            receiver.Url,
            TimeSpan.FromSeconds(5))
        {
            Metadata = new Dictionary<string, string> { ["team"] = "a", ["weight"] = "mine" }.ToImmutable(),
        };
        await new HookCaller(outgoing, TimeProvider.System).CallAsync(
            hook, Samples.Plan with { Namespace = "prod" }, Status, TestContext.Current.CancellationToken);

        var request = Assert.Single(receiver.Requests);
        var body = request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Equal(
            """{"name":"shop","namespace":"prod","phase":"Progressing","checksum":"v2","metadata":{"team":"a","weight":"5%","step":"1","generation":"3"}}""",
            body);
        var signature = Header(request, "X-Snapback-Signature");
        var at = DateTimeOffset.FromUnixTimeSeconds(
            long.Parse(
                signature[2..signature.IndexOf(',', StringComparison.Ordinal)],
                System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(HookSignature.Of(Encoding.UTF8.GetBytes(body), at, ["0123456789abcdef"]), signature);
    }

    [Fact]
    public async Task A_rotated_secret_signs_the_next_call_and_one_that_cannot_be_used_leaves_the_last_in_force()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Path, "secret");
        await File.WriteAllTextAsync(file, "0123456789abcdef", TestContext.Current.CancellationToken);
        var log = new HandlerRig.Lines<CurrentHookSettings>();
        var settings = new CurrentHookSettings(new ConfigurationBuilder().AddInMemoryCollection([new("Snapback:Hooks:SecretFile", file)]).Build(), log);
        Assert.Equal(["0123456789abcdef"], settings.Read().Secrets);

        await File.WriteAllTextAsync(file, "fedcba9876543210\n0123456789abcdef", TestContext.Current.CancellationToken);
        Assert.Equal(["fedcba9876543210", "0123456789abcdef"], settings.Read().Secrets);

        await File.WriteAllTextAsync(file, "short", TestContext.Current.CancellationToken);
        Assert.Equal(["fedcba9876543210", "0123456789abcdef"], settings.Read().Secrets);
        Assert.Equal(2, settings.Read().Secrets.Count);
        Assert.Contains("must have one secret a line", Assert.Single(log.Said), StringComparison.Ordinal);
    }

    /// <summary>A header takes ASCII alone, and the default is a host that may be an international one.</summary>
    [Theory]
    [InlineData("scale-down", "shop/1/scale-down")]
    [InlineData("Rückbau 🚀", "shop/1/R%C3%BCckbau %F0%9F%9A%80")]
    public async Task A_hook_is_told_whatever_script_its_name_is_written_in(string name, string delivery)
    {
        using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var outgoing = new Outgoing(() => HookSettings.None, TimeProvider.System);
        var answer = await new HookCaller(outgoing, TimeProvider.System).TellAsync(
            new Hook(name, HookPoint.PostRollout, receiver.Url, TimeSpan.FromSeconds(5)),
            Samples.Plan,
            Status,
            new HookNews("shop/1", "Rolled back.", true, DateTimeOffset.UnixEpoch),
            TestContext.Current.CancellationToken);
        Assert.Equal(new HookAnswer(HookVerdict.Go, "answered 200"), answer);
        Assert.Equal(delivery, Header(Assert.Single(receiver.Requests), "X-Snapback-Delivery"));
    }

    [Theory]
    [InlineData("SSH-2.0 OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Long: ")]
    public async Task Nobody_is_called_unreachable_who_answered(string head)
    {
        using var receiver = new RawReceiver(_ => head + new string('x', 100_000));
        var answer = await CallAsync(new Hook("smoke", HookPoint.Step, receiver.Url, TimeSpan.FromSeconds(5)));
        Assert.Equal(HookVerdict.Down, answer.Verdict);
        Assert.StartsWith("gave no whole answer: ", answer.Sentence, StringComparison.Ordinal);
    }

    /// <summary>A name of somebody else's cluster, mapped as curl's --connect-to does: the receiver still hears the name.</summary>
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_host_may_be_somewhere_else(string place)
    {
        using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var problems = new List<string>();
        var settings = HookSettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection(
                [new("Snapback:Hooks:Hosts:Smoke-Runner", $"{place}:{receiver.Url.Port}")]).Build(),
            problems);
        Assert.Empty(problems);
        using var outgoing = new Outgoing(() => settings, TimeProvider.System);
        var answer = await new HookCaller(outgoing, TimeProvider.System).CallAsync(
            new Hook("smoke", HookPoint.Step, new Uri("http://smoke-runner/run"), TimeSpan.FromSeconds(5)),
            Samples.Plan,
            Status,
            TestContext.Current.CancellationToken);
        Assert.Equal(HookVerdict.Go, answer.Verdict);
        Assert.Equal("smoke-runner", Header(Assert.Single(receiver.Requests), "Host"));
    }

    [Fact]
    public async Task Nowhere_means_where_clouds_keep_their_credentials()
    {
        using var outgoing = new Outgoing(
            () => HookSettings.None with { Hosts = new Dictionary<string, HookHost> { ["smoke-runner"] = new("169.254.169.254", null) } },
            TimeProvider.System);
        var answer = await new HookCaller(outgoing, TimeProvider.System).CallAsync(
            new Hook("smoke", HookPoint.Step, new Uri("http://smoke-runner/run"), TimeSpan.FromSeconds(5)),
            Samples.Plan,
            Status,
            TestContext.Current.CancellationToken);
        Assert.Contains("which no hook may reach", answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_wrong_in_the_configuration_is_said()
    {
        var problems = new List<string>();
        HookSettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection(
                [
                    new("Snapback:Hooks:Allow:0", "http://x/"),
                    new("Snapback:Hooks:Allow:1", "10.0.0.0/99"),
                    new("Snapback:Hooks:Hosts:smoke-runner", "http://x/"),
                    new("Snapback:Hooks:Hosts:other", "a:b@c"),
                    new("Snapback:Hooks:SecretFile", "/nowhere")
                ]).Build(),
            problems);
        Assert.Equal(5, problems.Count);
        Assert.All(problems, problem => Assert.StartsWith("Snapback:Hooks:", problem, StringComparison.Ordinal));
    }

    private static async Task<HookAnswer> CallAsync(Hook hook)
    {
        using var outgoing = new Outgoing(() => HookSettings.None, TimeProvider.System);
        return await new HookCaller(outgoing, TimeProvider.System).CallAsync(hook, Samples.Plan, Status, TestContext.Current.CancellationToken);
    }

    private static string Header(string request, string name) =>
        request.Split("\r\n").Single(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))[(name.Length + 1)..].Trim();
}

file static class Maps
{
    public static System.Collections.Immutable.ImmutableSortedDictionary<string, string> ToImmutable(this Dictionary<string, string> map) =>
        System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, map);
}
