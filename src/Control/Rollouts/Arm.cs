namespace Snapback.Control.Rollouts;

/// <summary>One of the two sides of a rollout.</summary>
public enum Arm
{
    Stable,
    Canary,
}
