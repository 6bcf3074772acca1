using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// What GET users see of a canary at 50 % that fails under a fixed rate. The proxy is a process with a core of its own, stable is nginx, and
/// the users are h2load's, which counts what they were answered.
/// </summary>
internal static partial class ShieldGets
{
    private static readonly TimeSpan BeforeTheRollout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private const string Plan = """
        name: loadtest
        steps: [ { weight: 50%, hold: 24h } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 400ms } ]
        rollback: { authority: [ loadtests ], deadline: 5m }
        """;

    /// <param name="Hurt">Users who got an answer of 400 and above, or none.</param>
    /// <param name="ByStable">Those of them whose answer was stable's, as the proxy counted it; the rest is the canary's.</param>
    /// <param name="Unanswered">Those of them who had no answer.</param>
    /// <param name="AfterMs">From the first fault to the rollback, as the admin side showed it.</param>
    internal sealed record Round(
        string Fault, long Sent, double PerSecond, long Hurt, long ByStable, long Unanswered, long Shielded, long TakenBack,
        bool RolledBack, double AfterMs, double SlowestMs)
    {
        public long ByCanary => Hurt - ByStable - Unanswered;
    }

    public static async Task<List<Round>> RunAsync(IReadOnlyList<Fault> faults, int perSecond, Action<string> progress)
    {
        await using var workshop = new Workshop();
        var (stable, _) = await NginxPeers.UpstreamsAsync(workshop);
        var canary = workshop.Own(new FaultyOrigin(ids: 1));
        var snapback = await SnapbackPeer.StartAsync(
            workshop, Peer.Snapback, ["--stable", stable.Text(), "--canary", canary.Address, "--plan", workshop.Write("plan.yaml", Plan)]);

        // Compiled and connected; the canary is this process, and its first second is slower than its limit.
        progress("warming up");
        await SteadyUsers.RunAsync(new Uri(canary.Address), perSecond, WarmUp);
        await RoundAsync(snapback, canary, Fault.None, "warm-up", perSecond);
        var rounds = new List<Round>();
        foreach (var fault in faults)
        {
            progress($"GET, {fault}");
            rounds.Add(await RoundAsync(snapback, canary, fault, $"{fault}", perSecond));
        }

        return rounds;
    }

    private static async Task<Round> RoundAsync(SnapbackPeer snapback, FaultyOrigin canary, Fault fault, string version, int perSecond)
    {
        canary.Fault = Fault.None;
        var before = Failed(await snapback.MetricsAsync(), "stable");
        var users = SteadyUsers.RunAsync(snapback.Peer.Http1, perSecond, Load);
        await Task.Delay(BeforeTheRollout);
        await snapback.RolloutAsync(version: version);
        await Task.Delay(Healthy);
        if (fault != Fault.None && await PhaseAsync(snapback) is not "Progressing" and var early)
        {
            throw new InvalidOperationException($"The canary was {early} before it failed: {(await snapback.StatusAsync()).GetProperty("rollback")}");
        }

        canary.Fault = fault;
        var since = Stopwatch.GetTimestamp();
        while (fault != Fault.None && await PhaseAsync(snapback) != "RolledBack" && Stopwatch.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(10);
        }

        var after = Stopwatch.GetElapsedTime(since);
        var rolledBack = await PhaseAsync(snapback) == "RolledBack";
        if (!rolledBack)
        {
            await snapback.RollBackAsync();
        }

        var seen = await users;
        var status = await snapback.StatusAsync();
        var record = status.GetProperty("rollback");
        return new Round(
            $"{fault}", seen.Sent, seen.PerSecond, seen.Failed,
            Failed(await snapback.MetricsAsync(), "stable") - before, seen.Errored,
            record.GetProperty("shielded").GetInt64(), record.GetProperty("takenBack").GetInt64(),
            rolledBack, after.TotalMilliseconds, seen.Slowest.TotalMilliseconds);
    }

    private static async Task<string?> PhaseAsync(SnapbackPeer snapback) => (await snapback.StatusAsync()).GetProperty("phase").GetString();

    /// <summary>An arm's answers of 400 and above so far.</summary>
    private static long Failed(string metrics, string arm) => Requests().Matches(metrics)
        .Where(match => match.Groups[1].Value.Contains($"arm=\"{arm}\"", StringComparison.Ordinal))
        .Where(match => Code().Match(match.Groups[1].Value).Groups[1].Value is [>= '4', ..])
        .Sum(match => (long)double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^http_requests_total\{([^}]*)\} (\S+)", RegexOptions.Multiline)]
    private static partial Regex Requests();

    [GeneratedRegex("code=\"([^\"]*)\"")]
    private static partial Regex Code();
}
