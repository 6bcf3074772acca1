using System.Globalization;
using Snapback.Control;
using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Sharing.Fleet;

namespace Snapback.LoadTests.Scenarios;

/// <summary>What replicas say, as the protocol's own classes write it, of a rollout in the middle of its life.</summary>
internal static class FleetWords
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly RolloutPlan Plan = PlanReader.FromYaml("""
        name: payments-api
        stable: payments-v1
        canary: payments-v2
        steps: [ { weight: 5%, hold: 10m, requests: 500 }, { weight: 25%, hold: 15m }, { weight: 50%, hold: 30m } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 400ms } ]
        rollback: { authority: [ oncall-payments ], deadline: 5m }
        """).Plan!;

    private static readonly Tally Sums = new(12345, 12, 12, 234567, 23, 23, 12345, 12, 12, 234567, 23, 23, 10, 12357, 9876, 123456789);

    private static readonly RolloutStatus Started = Apply(RolloutStatus.New(Plan.Name, Now), new RolloutCommand.Start("2.4.1", "pipeline"));

    private static readonly RolloutStatus RolledBack = Apply(Started, new RolloutCommand.RollBack(new Rollback
    {
        Trigger = "success-rate",
        Authority = Authority.Judge,
        By = "judge",
        Replica = "edge-1",
        At = Now,
        WeightBefore = Started.Weight,
        Explanation = "Rolled back 2.4.1 (50% → 0%): 4 of its last 7 requests failed (57%; allowed 0.5%). "
            + "A canary exactly at the limit would look this bad in fewer than 1 of 1,000 starts (evidence 4,901 : 1). "
            + "Stable in the same stretch: 0 of 3 failed.",
    }));

    public static string Key { get; } = StatusOrder.Key(Started);

    public static string Evidence { get; } = StoreJson.Write(Sums);

    /// <summary>A failure, told at once.</summary>
    public static string Failure { get; } = StoreJson.Write(new FleetMessage(FleetMessage.Evidence, Plan.Name)
    {
        Replica = Id(1),
        Generation = 1,
        Tally = Sums,
        CountedMicros = Now.ToUnixTimeMilliseconds() * 1_000,
    });

    /// <summary>A rollback, whole.</summary>
    public static string Rollback { get; } = FleetMessage.OfDocument(Id(1), PlanWriter.ToJson(Plan), RolledBack);

    /// <summary>One replica's part of every beat's answer, in bytes on the wire: its sign of life and its sums, each under its name.</summary>
    public static int PartOfAnswer { get; } =
        2 * Bulk(Id(1)) + Bulk($"{Now.ToUnixTimeMilliseconds()}|{Now.ToUnixTimeMilliseconds() * 1000}|{Key}|{About(1)}") + Bulk(Evidence);

    public static string Id(int replica) => $"edge-{replica}/0123abcd";

    public static string About(int replica) => StoreJson.Write(new ReplicaState.About($"edge-{replica}", Product.Version));

    private static int Bulk(string text) => 5 + text.Length.ToString(CultureInfo.InvariantCulture).Length + System.Text.Encoding.UTF8.GetByteCount(text);

    private static RolloutStatus Apply(RolloutStatus status, RolloutCommand command) =>
        Transitions.Apply(Plan, status, command, TimeSpan.Zero, Now).Next!;
}
