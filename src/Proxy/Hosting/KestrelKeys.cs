using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Snapback.Control.Plans;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Keys and words of the <c>Kestrel</c> section that Kestrel itself passes over in silence: an end point would then be without what was meant,
/// such as the client certificates that it should require.
/// </summary>
internal static class KestrelKeys
{
    private const string Protocols = "Protocols";
    private const string SslProtocols = "SslProtocols";
    private const string ClientCertificateMode = "ClientCertificateMode";

    private static readonly string[] OfDefaults = [Protocols, SslProtocols, ClientCertificateMode];
    private static readonly string[] OfSni = [.. OfDefaults, "Certificate"];
    private static readonly string[] OfEndpoint = [.. OfSni, "Url", "Sni"];
    private static readonly string[] OfCertificate = ["Path", "KeyPath", "Password", "Subject", "Store", "Location", "AllowInvalid"];

    private static readonly string[] Spoken = [nameof(HttpProtocols.Http1), nameof(HttpProtocols.Http2), nameof(HttpProtocols.Http1AndHttp2)];

    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        var kestrel = configuration.GetSection(KestrelSection.Name);
        IConfigurationSection[] endpoints = [.. KestrelSection.Endpoints(configuration)];
        IConfigurationSection[] names = [.. endpoints.SelectMany(point => point.GetSection("Sni").GetChildren())];
        var (defaults, limits) = (kestrel.GetSection("EndpointDefaults"), kestrel.GetSection("Limits"));
        return
        [
            .. Texts(kestrel, endpoints),
            .. KnownKeys.Others(kestrel, "Endpoints", "EndpointDefaults", "Certificates", "Limits"),
            .. KnownKeys.Others(defaults, OfDefaults),
            .. endpoints.SelectMany(point => KnownKeys.Others(point, OfEndpoint)),
            .. names.SelectMany(name => KnownKeys.Others(name, OfSni)),
            .. KestrelSection.Certificates(configuration).SelectMany(certificate => KnownKeys.Others(certificate, OfCertificate)),
            .. KestrelLimits.Problems(limits),
            .. new[] { defaults }.Concat(endpoints).Concat(names).SelectMany(Words),
        ];
    }

    private static IEnumerable<string> Words(IConfigurationSection point) =>
    [
        .. point.GetSection(Protocols) is { Value: { } asked } protocols && asked.Contains(nameof(HttpProtocols.Http3), StringComparison.OrdinalIgnoreCase)
            ? [$"{protocols.Path}: '{asked}' asks for HTTP/3, which is not spoken here. Write {nameof(HttpProtocols.Http1AndHttp2)}."]
            : Wrong(point.GetSection(Protocols), Spoken),
        .. Wrong(point.GetSection(ClientCertificateMode), Enum.GetNames<ClientCertificateMode>()),
        .. point.GetSection(SslProtocols) is { Value: not null } text
            ? [$"{text.Path} is one text. Write it as a list: [ \"Tls12\", \"Tls13\" ]."]
            : point.GetSection(SslProtocols).GetChildren().SelectMany(one => Wrong(one, Enum.GetNames<SslProtocols>())),
    ];

    private static IEnumerable<string> Wrong(IConfigurationSection word, string[] known)
    {
        if (word.Value is { } given && !known.Contains(given, StringComparer.OrdinalIgnoreCase))
        {
            var remedy = Suggestion.For(given, known) is { } meant ? $"Did you mean {meant}?" : $"Write one of {string.Join(", ", known)}.";
            yield return $"{word.Path}: '{given}' is not known. {remedy}";
        }
    }

    /// <summary>Where Kestrel reads sections: an end point that was given as one text would be none, and no certificate a certificate.</summary>
    private static IEnumerable<string> Texts(IConfigurationSection kestrel, IEnumerable<IConfigurationSection> endpoints)
    {
        const string endpoint = """{ "Url": "http://127.0.0.1:8080" }""";
        const string certificate = """{ "Path": "tls.crt", "KeyPath": "tls.key" }""";
        return
        [
            .. KnownKeys.Text(kestrel, $$"""{ "Endpoints": { "http": {{endpoint}} } }"""),
            .. KnownKeys.Text(kestrel.GetSection("Endpoints"), $$"""{ "http": {{endpoint}} }"""),
            .. endpoints.SelectMany(point => KnownKeys.Text(point, endpoint)),
            .. KnownKeys.Text(kestrel.GetSection("EndpointDefaults"), $$"""{ "Protocols": "{{nameof(HttpProtocols.Http1AndHttp2)}}" }"""),
            .. KnownKeys.Text(kestrel.GetSection("Certificates"), $$"""{ "Default": {{certificate}} }"""),
            .. kestrel.GetSection("Certificates").GetChildren().Concat(endpoints.Select(point => point.GetSection("Certificate")))
                .SelectMany(one => KnownKeys.Text(one, certificate)),
        ];
    }
}
