using System.Text.Json;

namespace Snapback.Journeys.Harness;

/// <summary>A rollout's status as the admin API tells it.</summary>
internal sealed class Status(JsonElement json)
{
    public JsonElement Json => json;
    public string Phase => Text("phase");
    public decimal Weight => json.GetProperty("weight").GetDecimal();
    public int Step => json.GetProperty("step").GetInt32();
    public long Generation => json.GetProperty("generation").GetInt64();
    public long Revision => json.GetProperty("revision").GetInt64();
    public string NextGate => Text("nextGate");

    /// <summary>Its weight is 0 already, and the rest is of before the rollback.</summary>
    public bool IsUnrecorded => NextGate.StartsWith("rolled back; the record is being written", StringComparison.Ordinal);
    public bool IsRolledBack => Phase == "RolledBack";
    public ArmCounts Stable => new(json.GetProperty("arms").GetProperty("stable"));
    public ArmCounts Canary => new(json.GetProperty("arms").GetProperty("canary"));
    public string Explanation => json.GetProperty("verdict").GetProperty("explanation").GetString()!;

    public string? Version => json.GetProperty("version").GetString();
    public string Place => $"{Generation}.{Revision} {Phase} {Weight}%";
    public bool IsRefused(string version) => json.GetProperty("refusedVersions").EnumerateArray().Any(one => one.GetString() == version);
    public string? Store => json.GetProperty("store").GetString();
    public FleetStatus Fleet => new(json.GetProperty("fleet"));

    /// <summary>Fails where there is none.</summary>
    public RollbackRecord Rollback => json.GetProperty("rollback") is { ValueKind: JsonValueKind.Object } record
        ? new RollbackRecord(record)
        : throw new InvalidOperationException($"There is no rollback: {this}");

    public override string ToString() => json.GetRawText();

    private string Text(string name) => json.GetProperty(name).GetString()!;
}

internal sealed class ArmCounts(JsonElement json)
{
    public long Requests => Count("requests");
    public long Failures => Count("failures");
    public long Slow => Count("slow");
    public long Neutral => Count("neutral");
    public long InFlight => Count("inFlight");

    public override string ToString() => json.GetRawText();

    private long Count(string name) => json.GetProperty(name).GetInt64();
}

internal sealed class FleetStatus(JsonElement json)
{
    public bool Heard => json.GetProperty("heard").GetBoolean();
    public bool Withheld => json.GetProperty("withheld").GetBoolean();
    public bool Newer => json.GetProperty("newer").GetBoolean();
    public bool Foreign => json.GetProperty("foreign").GetBoolean();
    public bool Leads => json.GetProperty("leads").GetBoolean();
    public int Replicas => json.GetProperty("replicas").GetArrayLength();
}

internal sealed class RollbackRecord(JsonElement json)
{
    public string Trigger => json.GetProperty("trigger").GetString()!;
    public string Explanation => json.GetProperty("explanation").GetString()!;
    public (long Requests, long Replicas) Exposure => json.GetProperty("exposure") is { ValueKind: JsonValueKind.Object } met
        ? (met.GetProperty("requests").GetInt64(), met.GetProperty("replicas").GetInt64())
        : default;
    public string Authority => json.GetProperty("authority").GetString()!;
    public long Requests => Number("requests");
    public long Failures => Number("failures");
    public long FailuresAtDecision => Number("failuresAtDecision");
    public long Shielded => Number("shielded");
    public long TakenBack => Number("takenBack");
    public long Cut => Number("cut");
    public long Victims => Number("victims");
    public long SequenceAtDecision => Number("sequenceAtDecision");
    public long CanaryAfterDecision => Number("canaryAfterDecision");
    public long InFlightAtDecision => Number("inFlightAtDecision");
    public double DeadlineMs => json.GetProperty("deadlineMs").GetDouble();
    public string Replica => json.GetProperty("replica").GetString()!;
    public double? SpreadMs => json.GetProperty("spreadMs") is { ValueKind: JsonValueKind.Number } spread ? spread.GetDouble() : null;
    public double TookMs => json.GetProperty("tookMs").GetDouble();
    public double DecisionMicros => json.GetProperty("decisionMicros").GetDouble();

    public override string ToString() => json.GetRawText();

    private long Number(string name) => json.GetProperty(name).GetInt64();
}
