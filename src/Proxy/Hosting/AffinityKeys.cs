using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The keys that session affinity cookies are encrypted with. Reading them, or making the first ones, loads XML and cryptography: a tenth of
/// the start's time, and memory. So they are read with the first cluster that has affinity, which is before its first request.
/// </summary>
internal sealed class AffinityKeys(IServiceProvider services) : IClusterChangeListener
{
    /// <summary>Replaces the framework's hosted service, which would read them at every start.</summary>
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
        // Keys that were read stay: another cluster may need them.
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
            // Data protection logs this itself, and reads the keys again when a cookie is to be encrypted.
        }
    }

    private static bool IsReader(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(KeyManagementOptions).Assembly;
}
