using Snapback.Control.Import;

namespace Snapback.Proxy.Commands;

/// <summary>Finds the rollout that a plan is for: its top-level name, or metadata.name in a Flagger or Argo manifest.</summary>
internal static class PlanName
{
    /// <exception cref="AdminRefusedException">It is no YAML. The admin side would refuse it too, without the file's name.</exception>
    /// <exception cref="UsageException">It has no name, or several.</exception>
    public static string Find(string yaml, string path)
    {
        var names = PlanDocument.Names(yaml, path, out var problems);
        return names switch
        {
            [var name] => name,
            [] when problems.Length > 0 => throw new AdminRefusedException([.. problems.Select(problem => problem.ToString())]),
            [] => throw new UsageException($"{path} has no top-level 'name:'; add one, or give --name NAME."),
            _ => throw new UsageException(
                $"{path} holds {names.Count} rollouts: {string.Join(", ", names)}. Give --name NAME for the one that is meant, or give each a file."),
        };
    }
}
