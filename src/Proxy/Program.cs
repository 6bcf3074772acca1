using System.CommandLine;
using Snapback.Proxy.Commands;
using Snapback.Proxy.Hosting;

InlineSockets.Prefer();
var root = new RootCommand("Snapback: a traffic-splitting reverse proxy that puts a broken canary's weight back to 0% on the very next request.");
ServeVerb.AddTo(root);
root.Subcommands.Add(ServeVerb.Define());
root.Subcommands.Add(DemoVerb.Define());
root.Subcommands.Add(PlanVerb.Define());
root.Subcommands.Add(StoreVerb.Define());
root.Subcommands.Add(SimulateVerb.Define());
root.Subcommands.Add(KeysVerb.Define());
foreach (var verb in ClientVerbs.All())
{
    root.Subcommands.Add(verb);
}

return await CommandLine.InvokeAsync(root, args);
