using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>
/// Writes a plan in its own schema: equal plans give equal text, defaults included, and <see cref="PlanReader"/> reads it back.
/// </summary>
public static class PlanWriter
{
    // Whoever shows the text in HTML escapes it there; here an escaped plan would be hard to read.
    private static readonly JsonWriterOptions Options =
        new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>Indented JSON.</returns>
    public static string ToJson(RolloutPlan plan)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            Write(json, plan);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void Write(Utf8JsonWriter json, RolloutPlan plan)
    {
        json.WriteStartObject();
        json.WriteString("name", plan.Name);
        json.WriteString("stable", plan.Stable);
        if (!plan.IsFlagFirst)
        {
            json.WriteString("canary", plan.Canary);
        }

        Optional(json, "routes", plan.Routes, json.WriteStringValue);
        List(json, "steps", plan.Steps, step => Step(json, step));
        json.WriteStartArray("objectives");
        plan.Objectives.ToList().ForEach(objective => Objective(json, objective));
        plan.Checks.ToList().ForEach(check => ChecksWriter.Write(json, check));
        if (plan.BurnRate is { } burn)
        {
            BurnRateReader.Write(json, burn);
        }

        json.WriteEndArray();
        json.WriteString("sensitivity", Choices.Sensitivity.Format(plan.Sensitivity));
        json.WriteString("latency", Choices.Latency.Format(plan.Latency));
        json.WriteStartObject("rollback");
        List(json, "authority", plan.Rollback.Authority, json.WriteStringValue);
        json.WriteString("deadline", Durations.Format(plan.Rollback.Deadline));
        if (plan.Rollback.Drain != RollbackTerms.StandardDrain)
        {
            json.WriteString("drain", plan.Rollback.Drain is { } drain ? Durations.Format(drain) : "off");
        }

        if (plan.Rollback.CoolDown > TimeSpan.Zero)
        {
            json.WriteString("coolDown", Durations.Format(plan.Rollback.CoolDown));
        }

        Optional(json, "hooks", plan.Rollback.Hooks, hook => HooksWriter.Write(json, hook, withPoint: false));
        json.WriteEndObject();
        Text(json, "namespace", plan.Namespace.Length > 0 ? plan.Namespace : null);
        Text(json, "owner", plan.Owner);
        Sticky(json, plan);
        SegmentReader.Write(json, plan.Segment);
        Text(json, "flag", plan.Flag);
        Text(json, "group", plan.Group);
        Optional(json, "hooks", plan.Hooks, hook => HooksWriter.Write(json, hook));
        if (plan.FailedChecks is { } failed)
        {
            json.WriteNumber("failedChecks", failed);
        }

        Text(json, "onBreach", plan.OnBreach == OnBreach.Rollback ? null : Choices.OnBreach.Format(plan.OnBreach));
        Text(json, "promotion", plan.Promotion == PromotionKind.Swap ? null : Choices.Promotion.Format(plan.Promotion));
        if (plan.RequestsPerSecond is { } rate)
        {
            json.WriteNumber("requestsPerSecond", (decimal)rate);
        }

        ScheduleReader.Write(json, plan.Schedule);
        Optional(json, "notifications", plan.Notifications, to => NotificationsReader.Write(json, to));
        Judge(json, plan.Judge);
        ShieldReader.Write(json, plan.Shield);
        ShadowReader.Write(json, plan.Shadow);
        Gates(json, plan.Gates);
        json.WriteEndObject();
    }

    /// <summary>Only what differs from the defaults: most plans never mention the judge.</summary>
    private static void Judge(Utf8JsonWriter json, JudgeTerms terms)
    {
        var standard = JudgeTerms.Default;
        Term(json, "admission", terms.Admission, standard.Admission);
        Term(json, "harmCap", terms.HarmCap, standard.HarmCap);
        Term(json, "maxRatioToStable", terms.MaxRatioToStable, standard.MaxRatioToStable);
        Term(json, "maxLatencyRatioToStable", terms.MaxLatencyRatioToStable, standard.MaxLatencyRatioToStable);
        Term(json, "warmUp", terms.WarmUp, standard.WarmUp);
        Term(json, "consecutiveFailures", terms.ConsecutiveFailures, standard.ConsecutiveFailures);
        if (!terms.Attribution)
        {
            json.WriteString("attribution", "off");
        }
    }

    private static void Gates(Utf8JsonWriter json, GateTerms terms)
    {
        if (terms.OnNoData != GateTerms.Default.OnNoData)
        {
            json.WriteString("onNoData", Choices.NoData.Format(terms.OnNoData));
        }

        if (terms.Proof != GateTerms.Default.Proof)
        {
            json.WriteString("proof", Choices.Proof.Format(terms.Proof));
        }

        if (terms.MaxWait is { } wait)
        {
            json.WriteString("maxWait", Durations.Format(wait));
        }
    }

    private static void Term(Utf8JsonWriter json, string key, double? value, double? standard)
    {
        if (value is { } number && number != standard)
        {
            json.WriteNumber(key, (decimal)number);
        }
        else if (value is null && standard is not null)
        {
            json.WriteString(key, "off");
        }
    }

    private static void Step(Utf8JsonWriter json, Step step)
    {
        json.WriteStartObject();
        json.WriteString(step.IsShadow ? "shadow" : "weight", step.Seen.ToString());
        if (step.Hold > TimeSpan.Zero)
        {
            json.WriteString(step.IsBake ? "bake" : "hold", Durations.Format(step.Hold));
        }

        if (step.OnlyReads)
        {
            json.WriteString("only", "reads");
        }

        json.WriteNumber("requests", step.Requests);
        switch (step.Approval)
        {
            case { By.IsEmpty: true }:
                json.WriteBoolean("approval", true);
                break;
            case { By: var people }:
                List(json, "approval", people, json.WriteStringValue);
                break;
        }

        json.WriteEndObject();
    }

    private static void Objective(Utf8JsonWriter json, Objective objective)
    {
        // Decimal takes the 15 digits that are meant and not the double's tail: 0.005 is 99.5 % again.
        var percent = (1 - (decimal)objective.Budget) * 100;
        json.WriteStartObject();
        if (objective.Metric == ObjectiveMetric.SuccessRate)
        {
            json.WriteString("metric", "success-rate");
            json.WriteString("min", Shares.Format(percent));
        }
        else
        {
            json.WriteString("metric", "p" + Shares.Format(percent).TrimEnd('%'));
            json.WriteString("max", Durations.Format(objective.Limit));
        }

        json.WriteEndObject();
    }

    private static void Sticky(Utf8JsonWriter json, RolloutPlan plan)
    {
        if (plan.Sticky.IsEmpty)
        {
            json.WriteString("sticky", "off");
            return;
        }

        json.WriteStartObject("sticky");
        json.WriteString("by", plan.Sticky[0].ToString());
        Optional(json, "or", plan.Sticky[1..], key => json.WriteStringValue(key.ToString()));
        if (plan.Bucketing != Bucketing.Fast && plan.Flag is null)
        {
            json.WriteString("bucketing", Choices.Bucketing.Format(plan.Bucketing));
        }

        Text(json, "seed", plan.BucketSeed);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string key, string? text)
    {
        if (text is not null)
        {
            json.WriteString(key, text);
        }
    }

    private static void Optional<T>(Utf8JsonWriter json, string key, IReadOnlyCollection<T> items, Action<T> write)
    {
        if (items.Count > 0)
        {
            List(json, key, items, write);
        }
    }

    private static void List<T>(Utf8JsonWriter json, string key, IReadOnlyCollection<T> items, Action<T> write)
    {
        json.WriteStartArray(key);
        foreach (var item in items)
        {
            write(item);
        }

        json.WriteEndArray();
    }
}
