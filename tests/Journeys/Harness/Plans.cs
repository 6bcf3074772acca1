namespace Snapback.Journeys.Harness;

/// <summary>The plans of several journeys. Without the shield: these count what the canary did by what its users saw.</summary>
internal static class Plans
{
    /// <summary>All of the traffic at once, judged by errors alone: what is counted then depends on no draw and on no clock.</summary>
    public const string AllAtOnce = """
        name: default
        steps: [ { weight: 100%, bake: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        shield: off
        """;

    /// <summary>One step at a weight, held for as long as a journey can last.</summary>
    public static string StandingAt(string weight) => $$"""
        name: default
        steps: [ { weight: {{weight}}, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        shield: off
        """;
}
