using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>Which failed canary requests are replayed on stable within the same request, and how many of them.</summary>
public sealed record ShieldTerms
{
    public static readonly ShieldTerms Default = new();

    /// <summary>Safe ones (RFC 9110, 9.2.1) by default. An Idempotency-Key makes any other method replayable too.</summary>
    public ImmutableArray<string> Methods { get; init; } = ["GET", "HEAD", "OPTIONS"];

    /// <summary>A request body is kept up to this many bytes; a longer one cannot be replayed.</summary>
    public int MaxBody { get; init; } = 64 * 1024;

    /// <summary>Replays per request of the rollout, 0 to 1: a canary that stays dead must not double stable's load.</summary>
    public double Budget { get; init; } = 0.1;

    /// <summary>Stable is asked too when the canary has not answered at the latency limit; who answers first has the user.</summary>
    public bool Hedge { get; init; }

    /// <summary>The answer says that it was replayed.</summary>
    public bool Header { get; init; }
}
