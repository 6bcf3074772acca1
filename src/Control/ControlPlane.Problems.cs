using Microsoft.Extensions.Configuration;
using Snapback.Control.Hooks;
using Snapback.Control.Plans;
using Snapback.Control.Sharing;
using Snapback.Control.Signing;

namespace Snapback.Control;

/// <summary>Everything that keeps the control plane from opening, at once: told by a start that fails, whatever it failed of.</summary>
public sealed partial class ControlPlane
{
    /// <returns>The sentences that <see cref="OpenAsync"/> would fail with, one after another. Nothing is made.</returns>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(string directory, IConfiguration configuration)
    {
        var problems = Problems(configuration);
        if (await EmbeddedStore.ProblemAsync(directory) is { } store)
        {
            problems.Add(store);
        }

        if (KeyRing.Problem(KeysIn(directory, configuration)) is { } keys)
        {
            problems.Add(keys);
        }

        return problems;
    }

    private static List<string> Problems(IConfiguration configuration)
    {
        var problems = new List<string>();
        HookSettings.Read(configuration, problems);
        NotificationsReader.Read(configuration, problems);
        ProvidersReader.Check(configuration, problems);
        return problems;
    }

    private static string KeysIn(string directory, IConfiguration configuration) =>
        configuration["Snapback:SigningKeysFile"] is { Length: > 0 } file ? file : Path.Combine(directory, KeyRing.FileName);
}
