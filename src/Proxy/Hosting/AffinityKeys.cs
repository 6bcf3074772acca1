using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The keys that affinity cookies are encrypted with. To read them, or to make the first ones, takes XML and cryptography: a tenth of the
/// start, and the memory of both. So they are read with the first cluster that has affinity, before any request does.
/// </summary>
internal sealed class AffinityKeys(IServiceProvider services) : IClusterChangeListener
{
    /// <summary>The framework would read them at every start.</summary>
    public static void Use(IServiceCollection services)
    {
        foreach (var reader in services.Where(IsReader).ToList())
        {
            services.Remove(reader);
        }

        services.AddSingleton<IClusterChangeListener, AffinityKeys>();
    }

    public void OnClusterAdded(ClusterState cluster) => Read(cluster);

    public void OnClusterChanged(ClusterState cluster) => Read(cluster);

    public void OnClusterRemoved(ClusterState cluster)
    {
        // Another cluster may have affinity still, and keys that were read stay.
    }

    private void Read(ClusterState cluster)
    {
        if (cluster.Model.Config.SessionAffinity?.Enabled != true)
        {
            return;
        }

        try
        {
            services.GetDataProtectionProvider().CreateProtector(nameof(AffinityKeys)).Protect([]);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // Their own log says it, and whoever needs one tries again.
        }
    }

    private static bool IsReader(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(KeyManagementOptions).Assembly;
}
