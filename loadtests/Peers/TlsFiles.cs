using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Snapback.LoadTests.Peers;

/// <summary>A certificate for the loopback address that every peer shows: P-256, as an edge usually has it.</summary>
internal sealed record TlsFiles(string Certificate, string Key)
{
    public static TlsFiles Make(Workshop workshop)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=snapback-loadtests", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return new TlsFiles(workshop.Write("tls.pem", certificate.ExportCertificatePem()), workshop.Write("tls.key", key.ExportPkcs8PrivateKeyPem()));
    }
}
