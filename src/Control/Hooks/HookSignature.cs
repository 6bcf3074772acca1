using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Snapback.Control.Hooks;

/// <summary>
/// <c>t=SECONDS,v1=HEX</c>: HMAC-SHA256 over "SECONDS.BODY" with the shared secret, one v1 for each active secret. The time is
/// signed too, so that a receiver can refuse what was recorded and is sent again later.
/// </summary>
internal static class HookSignature
{
    public const string Header = "X-Snapback-Signature";

    public static string Of(ReadOnlySpan<byte> body, DateTimeOffset now, IEnumerable<string> secrets)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(seconds + "."), .. body];
        var signatures = secrets.Select(secret => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
        return $"t={seconds},{string.Join(',', signatures.Select(signature => "v1=" + Convert.ToHexStringLower(signature)))}";
    }
}
