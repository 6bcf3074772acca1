using Snapback.Control.Rollouts;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// Renews the arms' routes when a reload adds or removes a cluster: a cluster that comes back is a new object of YARP's, and what was
/// bound to the old one is stale.
/// </summary>
internal sealed class ClusterWatch(RolloutBoard board) : IClusterChangeListener
{
    public void OnClusterAdded(ClusterState cluster) => board.Touch();

    public void OnClusterChanged(ClusterState cluster)
    {
        // The same object with other settings or destinations: what is bound to it stays right.
    }

    public void OnClusterRemoved(ClusterState cluster) => board.Touch();
}
