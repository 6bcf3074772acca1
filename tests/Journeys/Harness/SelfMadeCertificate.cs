using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Snapback.Journeys.Harness;

/// <summary>A certificate for 127.0.0.1 that nobody trusts who was not told to.</summary>
internal sealed record SelfMadeCertificate(string File, string KeyFile)
{
    public static SelfMadeCertificate In(Folder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=journey", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new SelfMadeCertificate(
            folder.Write("redis.pem", certificate.ExportCertificatePem()),
            folder.Write("redis.key", key.ExportPkcs8PrivateKeyPem()));
    }
}
