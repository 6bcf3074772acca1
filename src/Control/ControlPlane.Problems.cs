using Microsoft.Extensions.Configuration;
using Snapback.Control.Hooks;
using Snapback.Control.Plans;
using Snapback.Control.Sharing;
using Snapback.Control.Signing;

namespace Snapback.Control;

/// <summary>What keeps it from opening, all of it: for a start that fails already, whatever it failed by.</summary>
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
        return problems;
    }

    private static string KeysIn(string directory, IConfiguration configuration) =>
        configuration["Snapback:SigningKeysFile"] ?? Path.Combine(directory, KeyRing.FileName);
}
