using Microsoft.Extensions.Configuration;

namespace Snapback.Control.Plans;

/// <summary>
/// The configuration's <c>Snapback:Providers</c>: where queries are asked, and with which headers. A check reads its provider when it asks, so
/// that a password can be changed without a restart; what can never work is found here, at the start.
/// </summary>
public static class ProvidersReader
{
    private static readonly char[] LineEnds = ['\r', '\n'];

    /// <param name="problems">Gets a sentence for everything that is wrong.</param>
    public static void Check(IConfiguration configuration, ICollection<string> problems)
    {
        foreach (var provider in configuration.GetSection("Snapback:Providers").GetChildren())
        {
            if (provider["Address"] is { Length: > 0 } address && Urls.Parse(address).Fault is { } fault)
            {
                problems.Add($"{provider.Path}:Address: {fault.Message} Write, say, http://prometheus:9090, and credentials as Headers.");
            }

            foreach (var header in provider.GetSection("Headers").GetChildren())
            {
                if (!Names.IsToken(header.Key))
                {
                    problems.Add($"{header.Path}: '{header.Key}' is no name of a header. Write, say, Authorization.");
                }
                else if (header.Value?.IndexOfAny(LineEnds) >= 0)
                {
                    problems.Add($"{header.Path}: its value has more than one line, and would not be sent. Write it on one.");
                }
            }
        }
    }
}
