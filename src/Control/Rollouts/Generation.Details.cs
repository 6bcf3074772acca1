namespace Snapback.Control.Rollouts;

public sealed partial class Generation
{
    /// <summary>Where this replica's canary failures come from.</summary>
    public FailureDetails Details { get; } = new();
}
