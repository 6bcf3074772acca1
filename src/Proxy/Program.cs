using System.CommandLine;
using Snapback.Proxy.Commands;

// Read when the first socket is made; together with inline scheduling it halves the cost of a request. An operator's word wins.
if (Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS") is null)
{
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
}

var root = new RootCommand("Snapback: a traffic-splitting reverse proxy that puts a broken canary's weight back to 0% on the very next request.");
ServeVerb.AddTo(root);
root.Subcommands.Add(ServeVerb.Define());
root.Subcommands.Add(PlanVerb.Define());
foreach (var verb in ClientVerbs.All())
{
    root.Subcommands.Add(verb);
}

return await CommandLine.InvokeAsync(root, args);
