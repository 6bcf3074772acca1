using Snapback.Control.Rollouts;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Splitting;

/// <summary>A cluster that comes or goes by a reload is another object than before: whatever was bound to the old one is stale.</summary>
internal sealed class ClusterWatch(RolloutBoard board) : IClusterChangeListener
{
    public void OnClusterAdded(ClusterState cluster) => board.Touch();

    public void OnClusterChanged(ClusterState cluster)
    {
        // The same object with other destinations: nothing that was bound to it is stale.
    }

    public void OnClusterRemoved(ClusterState cluster) => board.Touch();
}
