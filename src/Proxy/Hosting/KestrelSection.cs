using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Hosting;

/// <summary>Kestrel's own section: end points and limits of the traffic side, and the certificates of all sides.</summary>
internal static class KestrelSection
{
    public const string Name = "Kestrel";

    /// <summary>The traffic side's end points; where there are any, they replace --urls.</summary>
    public static IReadOnlyList<IConfigurationSection> Endpoints(IConfiguration configuration) =>
        [.. configuration.GetSection($"{Name}:Endpoints").GetChildren()];

    public static void OfTraffic(KestrelServerOptions kestrel, IConfiguration configuration)
    {
        var section = configuration.GetSection(Name);
        kestrel.Configure(section, reloadOnChange: false);
        KestrelLimits.Bind(section.GetSection("Limits"), kestrel.Limits);
    }

    /// <summary>Only the certificates, for a side with addresses and limits of its own.</summary>
    public static void OfCertificates(KestrelServerOptions kestrel, IConfiguration configuration) =>
        kestrel.Configure(new CertificatesOnly(configuration.GetSection(Name)), reloadOnChange: false);

    /// <summary>Every place that may name a certificate.</summary>
    public static IEnumerable<IConfigurationSection> Certificates(IConfiguration configuration)
    {
        var endpoints = Endpoints(configuration);
        return configuration.GetSection($"{Name}:{nameof(Certificates)}").GetChildren()
            .Concat(endpoints.Concat(endpoints.SelectMany(point => point.GetSection("Sni").GetChildren())).Select(one => one.GetSection("Certificate")));
    }

    /// <summary>Loads a certificate as Kestrel does, whatever its files' format.</summary>
    /// <param name="settings">The settings of its section: <c>Path</c>, <c>KeyPath</c>, <c>Password</c>.</param>
    /// <returns>The certificate with its key, and what its file has besides: the issuers that clients are sent.</returns>
    public static (X509Certificate2 Certificate, X509Certificate2Collection? Chain) Load(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var endpoint = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create($"Endpoints:one:Certificate:{setting.Key}", setting.Value))
                .Append(new("Endpoints:one:Url", "https://127.0.0.1:1"))).Build();
        (X509Certificate2, X509Certificate2Collection?) loaded = default;
        Run(kestrel => kestrel.Configure(endpoint)
            .Endpoint("one", point => loaded = (point.HttpsOptions.ServerCertificate!, point.HttpsOptions.ServerCertificateChain))
            .Load());
        return loaded;
    }

    /// <summary>What Kestrel would refuse when it starts, found without starting it.</summary>
    public static IReadOnlyList<string> Problems(Settings settings, IConfiguration configuration)
    {
        var isSecure = $"{settings.Urls};{settings.AdminUrls};{settings.FlagsUrls}".Contains("https://", StringComparison.OrdinalIgnoreCase);
        if (!isSecure && !configuration.GetSection(Name).Exists())
        {
            return [];
        }

        try
        {
            Run(kestrel =>
            {
                OfTraffic(kestrel, configuration);
                kestrel.ConfigurationLoader!.Load();
                if (isSecure)
                {
                    kestrel.ListenLocalhost(1, static listen => listen.UseHttps().Build());
                }
            });
            return [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A file that is no valid certificate or key makes exceptions of many types, and few of them name it.
            string[] named = [.. Certificates(configuration).Where(CertificateFile.IsIn).Select(Unusable).OfType<string>()];
            return named.Length > 0 ? named : [$"{Name}: {Why(e)}"];
        }
    }

    private static string? Unusable(IConfigurationSection certificate)
    {
        try
        {
            var (loaded, _) = Load(certificate.AsEnumerable(makePathsRelative: true).Where(setting => setting.Key.Length > 0));
            return loaded.HasPrivateKey
                ? null
                : $"{certificate.Path}: the certificate in '{certificate["Path"]}' has no key with it. Name the key's file with KeyPath.";
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return $"{certificate.Path}: the certificate in '{certificate["Path"]}' cannot be loaded: {Why(e)}";
        }
    }

    /// <summary>Replaces the framework's advice for a missing certificate, which is for developers' machines.</summary>
    public static string Why(Exception e) => e.Message.StartsWith("Unable to configure HTTPS endpoint.", StringComparison.Ordinal)
        ? "an address begins with https://, and there is no certificate. Name one with Kestrel:Certificates:Default:Path and KeyPath."
        : $"{(e is TargetInvocationException { InnerException: { } inner } ? inner : e).Message} Correct the {Name} section of the configuration.";

    private static void Run(Action<KestrelServerOptions> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(configure);
        using var app = builder.Build();
        // Runs it, in case that building the application has not.
        _ = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
    }

    private sealed class CertificatesOnly(IConfiguration kestrel) : IConfiguration
    {
        private static readonly IConfiguration Nothing = new ConfigurationBuilder().Build();

        public string? this[string key]
        {
            get => Of(key)[key];
            set => throw new NotSupportedException("It is only read.");
        }

        public IConfigurationSection GetSection(string key) => Of(key).GetSection(key);

        public IEnumerable<IConfigurationSection> GetChildren() => [kestrel.GetSection(nameof(Certificates))];

        public IChangeToken GetReloadToken() => kestrel.GetReloadToken();

        private IConfiguration Of(string key) => key.StartsWith(nameof(Certificates), StringComparison.OrdinalIgnoreCase) ? kestrel : Nothing;
    }
}
