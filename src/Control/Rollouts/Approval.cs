namespace Snapback.Control.Rollouts;

/// <summary>A person let a step pass.</summary>
/// <param name="Step">1-based.</param>
/// <param name="Expires">On the wall clock. A step that was not left by then needs a new approval: what was looked at grows old.</param>
public sealed record Approval(int Step, string By, string Reason, DateTimeOffset At, DateTimeOffset Expires)
{
    public static readonly TimeSpan DefaultValidity = TimeSpan.FromHours(24);

    public bool Holds(RolloutStatus status, DateTimeOffset now) => Step == status.Step && now < Expires;
}
