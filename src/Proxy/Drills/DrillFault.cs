namespace Snapback.Proxy.Drills;

/// <summary>What a drill does to its canary.</summary>
internal enum DrillFault
{
    /// <summary>Every answer is a 500.</summary>
    Errors,

    /// <summary>Every answer takes twice the latency limit.</summary>
    Slow,

    /// <summary>Connections are taken and nothing is ever answered.</summary>
    Hang,

    /// <summary>Every connection is reset before an answer.</summary>
    Reset,
}
