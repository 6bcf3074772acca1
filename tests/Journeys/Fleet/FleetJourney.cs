using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>Three replicas of one rollout, one Redis, two upstreams, and a witness of everything that any replica ever showed.</summary>
public abstract class FleetJourney : Journey
{
    /// <summary>Once each in a quick run, twenty times behind --all.</summary>
    protected static int Times => IsLong ? 20 : 1;

    protected FleetJourney() => (StableArm, CanaryArm) = (Upstream("stable"), Upstream("canary"));

    internal Upstream StableArm { get; private protected set; }

    internal Upstream CanaryArm { get; private protected set; }

    internal List<SnapbackProcess> Replicas { get; } = [];

    internal Witness Witness { get; } = new();

    internal async Task<RedisServer> RedisAsync(params string[] arguments) => Own(await RedisServer.StartAsync(arguments));

    /// <summary>Replicas r1, r2, … of one plan.</summary>
    internal async Task FleetAsync(string connection, string plan, int replicas = 3, params string[] args)
    {
        var first = Replicas.Count + 1;
        for (var i = first; i < first + replicas; i++)
        {
            Replicas.Add(Launch($"r{i}", connection, plan, args));
        }

        await WatchAsync();
    }

    internal async Task WatchAsync()
    {
        await Task.WhenAll(Replicas.Select(replica => replica.ReadyAsync()));
        Witness.Watch(Replicas);
        Own(Witness);
    }

    internal SnapbackProcess Launch(string name, string connection, string plan, params string[] args) =>
        Own(SnapbackProcess.Start(Folder, Arguments(name, connection, plan, args)));

    internal string[] Arguments(string name, string connection, string plan, params string[] args) =>
    [
        "--stable", StableArm.Uri.ToString(), "--canary", CanaryArm.Uri.ToString(),
        "--plan", Folder.Write($"plan-{name}.yaml", plan), .. AsReplica(name, connection), .. args,
    ];

    /// <summary>A command up, which is refused until Redis carries it again.</summary>
    internal Task TakenAsync(HttpMethod method, string command, object body, TimeSpan? within = null) => Eventually.SeeAsync(
        $"{command} is taken",
        async () => (await Replicas[0].SendAsync(method, $"api/rollouts/default/{command}", body)).StatusCode,
        code => code == HttpStatusCode.OK,
        within);

    /// <summary>All replicas show this; the time it took is told.</summary>
    internal async Task AllSeeAsync(string what, Func<Status, bool> isThere, TimeSpan? within = null, string rollout = "default") =>
        await Task.WhenAll(Replicas.Select(replica => replica.SeeAsync(what, isThere, rollout, within)));

    /// <summary>A client behind a load balancer: one request to each replica in turn, until something is seen.</summary>
    /// <param name="rest">Between two requests.</param>
    internal async Task<Counts> RoundRobinAsync(int most, Func<Counts, bool> until, TimeSpan rest = default)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Eventually.Patience };
        var counts = new Counts();
        for (var i = 0; i < most && !until(counts); i++)
        {
            using var response = await client.GetAsync(Replicas[i % Replicas.Count].Traffic, Ended);
            counts.Add(response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(Ended) : ((int)response.StatusCode).ToString());
            await Task.Delay(rest, Ended);
        }

        return counts;
    }

    internal async Task<Status[]> StatusesAsync() => await Task.WhenAll(Replicas.Select(replica => replica.StatusAsync()));

    /// <summary>Rollbacks that the replicas counted, all together.</summary>
    internal async Task<int> CountedAsync()
    {
        var pages = await Task.WhenAll(Replicas.Select(replica => replica.MetricsAsync()));
        return pages
            .SelectMany(page => page.Split('\n'))
            .Where(line => line.StartsWith("snapback_rollbacks_total{", StringComparison.Ordinal))
            .Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..]));
    }

    /// <summary>Ends the fleet once it agrees, and holds what was shown and what was written beside the rules of every history.</summary>
    /// <param name="proof">Redis servers besides the master that must have had every raise.</param>
    /// <param name="disksWereLost">Then the journals begin in the middle.</param>
    internal async Task EveryJournalHoldsAsync(int proof = 0, bool disksWereLost = false)
    {
        await Eventually.SeeAsync("all agree", StatusesAsync, all => all.Select(status => status.Place).Distinct().Count() == 1);
        var journals = new Journals();
        journals.AddShared((await Replicas[0].HistoryAsync()).Select(Journals.Line.Of));
        await Task.WhenAll(Replicas.Select(replica => replica.TerminateAsync()));
        for (var i = 1; i <= Replicas.Count; i++)
        {
            await journals.ReadAsync($"r{i}", Folder.At($"r{i}"), Folder.At($"r{i}.json"));
        }

        List<string> broken = [.. Witness.Broken(), .. journals.Broken(disksWereLost ? [] : Witness.Shown, proof)];
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken));
    }

    /// <summary>A configuration with rollout-0 to rollout-n, each standing at 50% of routes and clusters of its own.</summary>
    internal string ManyRollouts(int rollouts)
    {
        var all = Enumerable.Range(0, rollouts).ToList();
        object Cluster(Upstream arm) => new { Destinations = new { only = new { Address = arm.Uri } } };
        return JsonSerializer.Serialize(new
        {
            ReverseProxy = new
            {
                Routes = all.ToDictionary(i => $"route-{i}", i => new { ClusterId = $"stable-{i}", Match = new { Path = $"/{i}/{{**rest}}" } }),
                Clusters = all.SelectMany(i => new[] { ($"stable-{i}", Cluster(StableArm)), ($"canary-{i}", Cluster(CanaryArm)) }).ToDictionary(),
            },
            Snapback = new
            {
                Rollouts = all.ToDictionary(i => $"rollout-{i}", i => new
                {
                    stable = $"stable-{i}",
                    canary = $"canary-{i}",
                    steps = new[] { new { weight = "50%", hold = "1h" } },
                    objectives = new[] { new { metric = "success-rate", min = "99.5%" } },
                    rollback = new { authority = new[] { "operator" }, deadline = "5m" },
                }),
            },
        });
    }

    /// <summary>What was measured, where a reader of the run finds it.</summary>
    internal static void Tell(string what, params IReadOnlyCollection<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToList();
        double At(double share) => sorted[(int)Math.Min(sorted.Count - 1, Math.Floor(share * sorted.Count))];
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"{what}: median {At(0.5):F2} ms, 90% {At(0.9):F2} ms, 99% {At(0.99):F2} ms, slowest {sorted[^1]:F1} ms, of {sorted.Count}"));
    }
}
