using System.Collections.Concurrent;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>Plays a table once, all cases at once; the tests then look at one case each.</summary>
public abstract class FaultRun : IAsyncLifetime
{
    private const int AtOnce = 48;
    private const int Tries = 4;

    private readonly ConcurrentDictionary<string, string> _seen = new();

    internal abstract IReadOnlyList<Fault> Faults { get; }

    internal virtual (string Key, string? Value)[] Settings => [];

    internal virtual ForwardingSettings Forwarding => Forwarders.Default;

    public void Check(string name) => Assert.Equal(Faults.Single(fault => fault.Name == name).Expected, _seen[name]);

    public async ValueTask InitializeAsync()
    {
        // Where this process stood still, a time-out is nobody's fault: what differs then is played again, and nothing else is.
        IReadOnlyList<Fault> left = Faults;
        for (var tries = 0; tries < Tries && left.Count > 0; tries++)
        {
            var stood = await PlayAsync(left);
            left = stood ? [.. left.Where(fault => _seen[fault.Name] != fault.Expected)] : [];
        }
    }

    /// <returns>True if the process stood still meanwhile.</returns>
    private async Task<bool> PlayAsync(IReadOnlyList<Fault> faults)
    {
        await using var rig = await FaultRig.StartAsync(faults, forwarding: Forwarding, settings: Settings);
        var before = Moment.Now(TimeProvider.System).Monotonic;
        await Parallel.ForEachAsync(
            faults.Select((fault, i) => (fault, i)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) =>
        {
            try
            {
                _seen[one.fault.Name] = await rig.PlayAsync(one.fault, one.i);
            }
            catch (Exception e)
            {
                _seen[one.fault.Name] = $"{e.GetType().Name}: {e.Message}";
            }
        });
        return rig.HasStalledSince(before);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
