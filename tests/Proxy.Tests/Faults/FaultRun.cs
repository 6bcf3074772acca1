using System.Collections.Concurrent;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>Plays a table once, all cases at once; the tests then look at one case each.</summary>
public abstract class FaultRun : IAsyncLifetime
{
    private const int AtOnce = 48;

    private readonly ConcurrentDictionary<string, string> _seen = new();

    internal abstract IReadOnlyList<Fault> Faults { get; }

    internal virtual (string Key, string? Value)[] Settings => [];

    internal virtual ForwardingSettings Forwarding => Forwarders.Default;

    public void Check(string name) => Assert.Equal(Faults.Single(fault => fault.Name == name).Expected, _seen[name]);

    public async ValueTask InitializeAsync()
    {
        await using var rig = await FaultRig.StartAsync(Faults, forwarding: Forwarding, settings: Settings);
        await Parallel.ForEachAsync(Faults.Select((fault, i) => (fault, i)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) =>
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
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
