namespace Snapback.Journeys.Restarts;

/// <summary>One data directory and one process after the other on it.</summary>
public abstract class RestartJourney : Journey
{
    private readonly Uri _stable;
    private readonly Uri _canary;

    protected RestartJourney()
    {
        (StableArm, CanaryArm) = (Upstream("stable"), Upstream("canary"));
        (_stable, _canary) = (StableArm.Uri, CanaryArm.Uri);
    }

    internal Upstream StableArm { get; }

    internal Upstream CanaryArm { get; }

    internal Task<SnapbackProcess> ServeAsync(string plan) => SidecarAsync(_stable, _canary, plan);

    internal static Task EndAsync(SnapbackProcess proxy, bool kill) => kill ? proxy.KillAsync() : proxy.TerminateAsync();
}
