namespace Snapback.Proxy.Tests.Commands;

/// <summary>Answers of the admin API, shaped as the contract says.</summary>
internal static class Samples
{
    public const string Climbing = """
        {"name":"payments-api","phase":"Progressing","weight":5,"step":1,"steps":4,"generation":3,"revision":7,
         "version":"v42","stableVersion":"v41","since":"2026-11-23T15:01:07.1+00:00","nextGate":"hold 10m, 6m left; 812 of 1,000 requests",
         "arms":{"stable":{"requests":15428,"failures":12,"slow":3,"inFlight":14,"successRate":99.922,"p50Ms":12.3,"p95Ms":85.4,"p99Ms":120.9},
                 "canary":{"requests":812,"failures":3,"slow":1,"inFlight":1,"successRate":99.631,"p50Ms":11.9,"p95Ms":91.2,"p99Ms":133}},
         "verdict":{"state":"Pass","evidence":0.12,"explanation":"3 of 812 canary requests failed (0.37 %; allowed 0.5 %)."},
         "rollback":null,"switches":{"autoRollback":true,"autoAdvance":true,"stickyArms":true},
         "plan":{"name":"payments-api"},"meter":0.12,"reason":null,"manual":false,"owner":"payments-team"}
        """;

    public const string Higher = """{"name":"payments-api","phase":"Progressing","weight":25,"step":2,"steps":4}""";

    public const string Promoted = """{"name":"payments-api","phase":"Promoted","weight":0,"step":0,"steps":4,"version":"v42"}""";

    public const string RolledBack = """
        {"name":"checkout","phase":"RolledBack","weight":0,"step":0,"steps":4,"generation":3,"revision":8,
         "version":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","stableVersion":"v41",
         "arms":{"stable":{"requests":100,"successRate":100,"p50Ms":1.5},"canary":{"requests":0,"successRate":100}},
         "verdict":{"state":"Breach","evidence":1,"explanation":"4 of its last 14 requests failed (29 %; allowed 0.5 %)."},
         "rollback":{"trigger":"success-rate","explanation":"4 of its last 14 requests failed (29 %; allowed 0.5 %).",
           "observed":71.43,"limit":99.5,"requests":14,"failures":4,"authority":"judge","by":"judge","replica":"edge-1",
           "at":"2026-11-23T15:02:11Z","decisionMicros":1.6,"canaryAfterDecision":0,"inFlightAtDecision":2,"shielded":3,
           "victims":1,"spreadMs":0.8,"deadlineMs":300000,"tookMs":812}}
        """;

    public const string ByHandWithoutNet = """
        {"name":"search","phase":"Paused","weight":12.5,"step":0,"steps":4,"manual":true,"reason":"load test until noon","version":"v9",
         "switches":{"autoRollback":false,"autoAdvance":false,"stickyArms":false}}
        """;

    public const string Idle = """{"name":"mail","phase":"Idle","weight":0}""";

    public const string History = """
        [{"at":"2026-11-23T15:02:11Z","kind":"RolledBack","by":"judge","reason":null,"phase":"RolledBack","weight":0,"step":1,
          "generation":3,"revision":8,"version":"v42","sentence":"Rolled back v42 (5% → 0%): 4 of its last 14 requests failed (29 %; allowed 0.5 %)."},
         {"at":"2026-11-23T15:01:07Z","kind":"Started","by":"ada","reason":"release 42","phase":"Progressing","weight":5,"step":1,
          "generation":3,"revision":7,"version":"v42","sentence":"Started v42 at 5 %."}]
        """;

    public static string All => $"[{Climbing},{RolledBack},{ByHandWithoutNet},{Idle}]";
}
