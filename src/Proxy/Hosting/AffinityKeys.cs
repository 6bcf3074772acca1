using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The keys that affinity cookies are encrypted with. To read them, or to make the first ones, takes XML and cryptography: a tenth of the
/// start. So that waits until traffic flows, unless a cluster has affinity: then no request shall read files.
/// </summary>
internal static class AffinityKeys
{
    public static bool AreNeededAtOnce(IConfiguration configuration) =>
        configuration.GetSection("ReverseProxy:Clusters").GetChildren().Any(cluster => cluster.GetSection("SessionAffinity").Exists());

    /// <summary>Takes out what the framework reads them with before the server listens.</summary>
    public static void Defer(IServiceCollection services)
    {
        foreach (var reader in services.Where(IsReader).ToList())
        {
            services.Remove(reader);
        }
    }

    /// <summary>Whoever uses them first reads them, and they stay: a configuration with affinity may come at any time.</summary>
    public static void Read(IServiceProvider services) => services.GetDataProtectionProvider().CreateProtector(nameof(AffinityKeys)).Protect([]);

    private static bool IsReader(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(KeyManagementOptions).Assembly;
}
