namespace Snapback.Control.Rollouts;

/// <summary>A person let a step pass. It lapses if the step was not left by then, since what was looked at grows old.</summary>
/// <param name="Expires">On the wall clock, as the person who gave it reads it.</param>
public sealed record Approval(int Step, string By, string Reason, DateTimeOffset At, DateTimeOffset Expires)
{
    public static readonly TimeSpan DefaultValidity = TimeSpan.FromHours(24);

    public bool Holds(RolloutStatus status, DateTimeOffset now) => Step == status.Step && now < Expires;
}
