using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Sharing.Fleet;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

public sealed class StoreJsonTests
{
    /// <summary>What is stored was written by reflection before.</summary>
    private static readonly JsonSerializerOptions ByReflection = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(), new StoreJson.WeightConverter() },
    };

    private static readonly DateTimeOffset At = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    private static readonly RolloutStatus Status = RolloutStatus.New("checkout", At) with
    {
        Phase = RolloutPhase.RolledBack,
        Weight = new Weight(1234),
        Held = TimeSpan.FromSeconds(90),
        Version = "sha256:1",
        Approval = new Approval(2, "ann", "looked", At, At + Approval.DefaultValidity),
        RefusedVersions = ["v1", "v2"],
        ReleasedFlags = [new ReleasedFlag("new-checkout", 3)],
        Rollback = new Rollback
        {
            Trigger = "success-rate",
            Explanation = "…",
            BlamesVersion = false,
            Observed = 96.5,
            Authority = Authority.Operator,
            By = "ann",
            Replica = "r1",
            At = At,
            WeightBefore = new Weight(500),
            SequenceAtDecision = uint.MaxValue,
            Exposure = new Exposure(9, 8, 7, At, At.AddSeconds(1), Replicas: 2),
        },
    };

    private static readonly HistoryEntry Entry = HistoryEntry.Of("rolled-back", Status, At, "It broke.");

    public static TheoryData<object> Everything =>
    [
        Status,
        Entry,
        new OutboxEntry(Entry, Status),
        new StoreArchive(
            StoreArchive.Layout,
            [new ArchivedRollout("checkout", JsonSerializer.Deserialize<JsonElement>("""{ "a": 1 }"""), Status, [Entry])]),
        new FleetMessage(FleetMessage.Evidence, "checkout") { Replica = "r1", Generation = 7, Tally = new Tally(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13) },
        new ReplicaState.About("r1", "0.1.0"),
    ];

    [Theory]
    [MemberData(nameof(Everything), DisableDiscoveryEnumeration = true)]
    public void WhatIsStoredIsWhatReflectionWroteAndIsReadBack(object value)
    {
        var text = JsonSerializer.Serialize(value, value.GetType(), StoreJson.Options);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(JsonSerializer.Serialize(value, value.GetType(), ByReflection)), JsonNode.Parse(text)), text);
        Assert.Equal(
            text,
            JsonSerializer.Serialize(
                JsonSerializer.Deserialize(text, value.GetType(), StoreJson.Options), value.GetType(), StoreJson.Options));
    }

    [Fact]
    public void WhatAnEarlierVersionDidNotKnowHasItsDefault()
    {
        var status = StoreJson.TryRead<RolloutStatus>("""
            { "name": "checkout", "rollback": { "trigger": "success-rate", "explanation": "…", "authority": "Judge", "by": "judge", "replica": "r1", "at": "2026-05-04T03:02:01Z",
              "weightBefore": 500, "exposure": { "requests": 9, "users": 8, "bytes": 7, "from": "2026-05-04T03:02:01Z", "to": "2026-05-04T03:02:02Z" } } }
            """)!;

        Assert.Empty(status.RefusedVersions);
        Assert.Empty(status.ReleasedFlags);
        Assert.True(status.Rollback!.BlamesVersion);
        Assert.Equal(1, status.Rollback.Exposure!.Replicas);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "name": "checkout", "weight": 10001 }""")]
    [InlineData("""{ "name": "checkout", "phase": "Nowhere" }""")]
    [InlineData("""{ "name": "checkout", "rollback": { "trigger": "success-rate" } }""")]
    public void AStatusThatLacksWhatItMustHaveIsNone(string text) => Assert.Null(StoreJson.TryRead<RolloutStatus>(text));
}
